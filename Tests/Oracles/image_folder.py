"""Writes a folder of images in many forms, and prints what Pillow shows of each.

image_folder.py FOLDER: writes FOLDER/{a,b}/NAME and prints {NAME: pixels 0…255 as (channel, row,
column), flat}: the shorter side resized to 12 as torchvision's Resize(12) has it on Pillow's images,
then the middle 8 × 8.
"""

import json
import os
import sys

import numpy
from PIL import Image

folder = sys.argv[1]
for name in "ab":
    os.makedirs(f"{folder}/{name}", exist_ok=True)
rows, columns = numpy.mgrid[0:40, 0:31]
# Smooth, so that JPEG keeps it; different in each channel.
pixels = numpy.stack(
    [128 + 100 * numpy.sin(rows / 5), 128 + 100 * numpy.cos(columns / 7), 3 * rows + 4 * columns],
    axis=-1,
).clip(0, 255).astype(numpy.uint8)
colour = Image.fromarray(pixels)
grey = Image.fromarray(pixels[..., 0])
alpha = numpy.dstack([pixels, (rows * 6).astype(numpy.uint8)])
white = Image.new("RGBA", colour.size, "white")
white.alpha_composite(Image.fromarray(alpha))

shown = {}


def add(name, image, seen=None, **options):
    path = f"{folder}/{'ab'[len(shown) % 2]}/{name}"
    image.save(path, **options)
    seen = seen or Image.open(path)
    width, height = (int(12 * side / min(seen.size)) for side in seen.size)
    resized = seen.convert("RGB").resize((width, height), Image.Resampling.BILINEAR)
    left, top = round((width - 8) / 2), round((height - 8) / 2)
    cut = resized.crop((left, top, left + 8, top + 8))
    shown[name] = numpy.asarray(cut).transpose(2, 0, 1).ravel().tolist()


add("colour.png", colour)
add("colour.jpg", colour, quality=95)
add("colour.bmp", colour)
add("colour.tif", colour)
add("wide.png", colour.resize((90, 20)))
add("small.png", colour.resize((5, 7)))
add("palette.gif", colour.convert("P"))
add("alpha.png", Image.fromarray(alpha), seen=white.convert("RGB"))
add("one-channel.png", grey)
sixteen = Image.fromarray(pixels[..., 0].astype(numpy.uint16) * 257)
add("sixteen.png", sixteen, seen=grey)
add("cmyk.jpg", colour.convert("CMYK"), quality=95)
print(json.dumps(shown))
