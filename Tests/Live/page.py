"""Opens the page of a live model in a real browser, uses it, and leaves pictures to look at.

    .venv/bin/python Tests/Live/page.py [FOLDER-FOR-PICTURES]

Ends with exit code 1 when something that a person would expect of the page is not so.
"""
import argparse
import os
import tempfile
import threading
import time

from chromium import Chromium
from live import call, fashion, grown, serve

PARSER = argparse.ArgumentParser(description=__doc__.split("\n")[0])
PARSER.add_argument("pictures", nargs="?", help="a folder for pictures to look at")
PICTURES = PARSER.parse_args().pictures


def traffic(port, model, samples, stop):
    """A trickle of requests and examples, so that there is something to see."""
    number = 0
    while not stop.is_set():
        data, label, values = samples[number % len(samples)]
        call(port, f"/v2/models/{model}/infer", {"inputs": [
            {"name": "input", "shape": [1, 1, 28, 28], "datatype": "FP32", "data": values}]})
        if number % 4 == 0:
            call(port, "/v1/examples", {"examples": [{"label": label, "data": data}]})
        number += 1
        time.sleep(0.01)


def check(condition, sentence):
    if not condition:
        raise AssertionError(sentence)


def use(browser, port, model, token):
    browser.look(1200, 900, dark=False)
    browser.ask("Page.navigate", url=f"http://127.0.0.1:{port}/")
    browser.wait_for(f"document.getElementById('model')?.textContent === '{model}'")
    browser.wait_for("document.getElementById('champion').textContent.startsWith('version ')")
    browser.wait_for("Number(document.getElementById('rate').textContent) > 0", 30)
    browser.wait_for("document.querySelectorAll('#lineage li').length > 0")
    browser.wait_for("document.querySelector('#rate-chart path')?.getAttribute('d').includes('L')", 30)
    browser.wait_for("document.querySelectorAll('#events li').length > 0")

    # Without the token nothing is changed, and the page says why.
    button = "document.querySelector('#lineage button:not(:disabled)')"
    if browser.evaluate(f"{button} !== null"):
        browser.evaluate(f"{button}.click()")
        said = browser.wait_for("document.getElementById('answer').className === 'bad' && "
                                "document.getElementById('answer').textContent")
        check("token" in said, said)
        chosen = browser.evaluate(f"{button}.getAttribute('aria-label').split(' ').pop()")
        browser.evaluate(f"""(() => {{ const field = document.getElementById('token');
            field.value = '{token}'; field.dispatchEvent(new Event('change')); }})()""")
        browser.evaluate(f"{button}.click()")
        browser.wait_for("document.getElementById('answer').className === 'good'")
        browser.wait_for(
            f"document.getElementById('champion').textContent === 'version {chosen}'")
        browser.wait_for("!document.getElementById('rollback').disabled")
        browser.evaluate("document.getElementById('rollback').click()")
        browser.wait_for(
            f"document.getElementById('champion').textContent !== 'version {chosen}'")
    else:
        print("there is one version only: promoting by the page was not tried")


def looks(browser):
    for name, width, height, dark, phone in [
            ("light", 1200, 900, False, False), ("dark", 1200, 900, True, False),
            ("phone", 390, 844, False, True), ("phone-dark", 320, 700, True, True)]:
        browser.look(width, height, dark, phone)
        time.sleep(2.5)
        over = browser.evaluate("document.documentElement.scrollWidth - innerWidth")
        check(over <= 0, f"{name}: {over} pixels wider than the window")
        ground = browser.evaluate("getComputedStyle(document.body).backgroundColor")
        brightness = sum(int(part) for part in ground[4:-1].split(",")) / 3
        check((brightness < 100) == dark, f"{name}: the ground is {ground}")
        if PICTURES:
            os.makedirs(PICTURES, exist_ok=True)
            browser.screenshot(os.path.join(PICTURES, f"page-{name}.png"))


def main():
    with tempfile.TemporaryDirectory() as folder:
        samples = fashion(4000)
        live, _ = grown(folder, samples, versions=3)
        model, server, token = serve(live)
        stop = threading.Event()
        sender = threading.Thread(
            target=traffic, args=(server.port, model, samples, stop), daemon=True)
        sender.start()
        browser = Chromium()
        try:
            use(browser, server.port, model, token)
            looks(browser)
            complaints = [text for text in browser.complaints() if "401" not in text]
            check(not complaints, f"the console complains: {complaints}")
            own = (f"http://127.0.0.1:{server.port}/", "data:")
            foreign = [url for url in browser.requested() if not url.startswith(own)]
            check(not foreign, f"the page asked others: {foreign}")
        finally:
            browser.close()
            stop.set()
            sender.join()
            server.stop()
    print("the page does what it should")


main()
