import TestSupport

/// An IDX file of unsigned bytes, built here from its description in the format's own words.
func idxFile(sizes: [Int], _ elements: [UInt8], type: UInt8 = 8) -> [UInt8] {
  [0, 0, type, UInt8(sizes.count)]
    + sizes.flatMap { size in [24, 16, 8, 0].map { UInt8(size >> $0 & 0xFF) } }
    + elements
}

/// Two images of 2 × 2 pixels, 0 to 7.
let twoImages = idxFile(sizes: [2, 2, 2], Array(0...7))

/// ``twoImages``, compressed by Python's gzip module.
let twoImagesCompressed: [UInt8] = [
  0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0xFF, 0x63, 0x60, 0xE0, 0x60, 0x66, 0x60,
  0x60, 0x60, 0x82, 0x63, 0x46, 0x26, 0x66, 0x16, 0x56, 0x36, 0x76, 0x00, 0x3F, 0xD4, 0x82, 0x16,
  0x18, 0x00, 0x00, 0x00,
]

/// Writes a data set of three 2 × 2 training images and two test images.
func writeIDXDataSet(to folder: String) throws {
  try write(
    idxFile(sizes: [3, 2, 2], Array(0...11)), to: folder + "/train-images-idx3-ubyte")
  try write(idxFile(sizes: [3], [0, 1, 2]), to: folder + "/train-labels-idx1-ubyte")
  try write(twoImagesCompressed, to: folder + "/t10k-images.idx3-ubyte.gz")
  try write(idxFile(sizes: [2], [4, 1]), to: folder + "/t10k-labels-idx1-ubyte")
}
