"""Reports open in a browser: no word on its console, values under the pointer, series on and off,
zoom, no scroll bar on a telephone, both colour schemes, without script, on paper, and fast.

Usage: python3 tests/interop/report_pages.py build/lrrun [FOLDER for screenshots]
"""
import base64
import json
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By

RUN = """
return recipe {
  name = "<b>run</b>&amp;", seed = 1, log = 5*steps,
  data = data.blobs { n = 300, classes = 3, batch = 16, val = 0.2, noise = 1.5 },
  model = nn.sequential { nn.linear(16), nn.relu(), nn.linear(3) },
  optimizer = optim.adam { lr = option("lr", 0.01) }, metrics = { "grad_norms" },
  schedule = schedule.warmup(2*epochs) .. schedule.cosine {}, epochs = option("n", 100),
}
"""
STUDY = """
return recipe {
  name = "study",
  data = data.blobs { n = 90, classes = 3, batch = 16, val = 0.2 },
  model = nn.sequential { nn.linear(search.int(4, 32)), nn.relu(), nn.linear(3) },
  optimizer = search.choice {
    optim.adam { lr = search.loguniform(1e-4, 1e-1) },
    optim.sgd { lr = search.loguniform(1e-3, 1e3), momentum = search.choice(0, 0.9) },
  },
  epochs = 4,
}
"""
FRONT = """
return recipe {
  name = "front", objective = { "val_loss", "params" },
  data = data.blobs { n = 90, classes = 3, batch = 16, val = 0.2, noise = 2 },
  model = nn.sequential { nn.linear(search.int(1, 32)), nn.relu(), nn.linear(3) },
  optimizer = optim.adam { lr = search.loguniform(1e-4, 1e-1) }, epochs = 4,
}
"""
RATE = """
return recipe {
  name = "rate", data = data.blobs { n = 300, classes = 3, batch = 16, val = 0.2, noise = 1.5 },
  model = nn.sequential { nn.linear(16), nn.relu(), nn.linear(3) },
  optimizer = optim.sgd { lr = 0.1 }, epochs = 4,
}
"""
HOSTILE = "</script><script>alert(1)</script>\"'<b>&\u202e"
MB = 1 << 20


def lrrun(program, *words):
    subprocess.run([program, *map(str, words)], check=True, stdout=subprocess.DEVNULL)


def entry(op, **fields):
    return json.dumps({"op_code": op, "worker_id": "lrrun-1", **fields})


def large_study(folder, of, trials=1000):
    """A study of many trials: a journal like those that versions before wrote, unsealed."""
    shutil.copytree(of, folder)
    first = [json.loads(line) for line in (of / "journal.log").read_text().splitlines()[:2]]
    kept = dict(first[1]["user_attr"]["lrrun"], trials=trials)
    float_of = ('{"name": "FloatDistribution", "attributes": {"step": null, "low": %s, '
                '"high": %s, "log": %s}}')
    kinds = {f"model.{i}.dropout": float_of % ("0.0", "0.9", "false") for i in range(4)}
    kinds |= {f"optimizer.{i}.lr": float_of % ("1e-05", "1.0", "true") for i in range(4)}
    kinds["units"] = '{"name": "IntDistribution", "attributes": {"log": true, "low": 4, "high": 512}}'
    kinds[HOSTILE] = json.dumps({"name": "CategoricalDistribution", "attributes":
                                 {"choices": [HOSTILE, "b", 3, True]}})
    lines = [entry(0, study_name=first[0]["study_name"], directions=[1]),
             entry(2, study_id=0, user_attr={"lrrun": kept})]
    draw = random.Random(1)
    for n in range(trials):
        params = {}
        for name, kind in kinds.items():
            params[name] = (draw.randrange(4) if "Categorical" in kind else
                            draw.randrange(4, 513) if "Int" in kind else
                            10 ** draw.uniform(-5, 0) if "true" in kind else draw.uniform(0, 0.9))
        value = 0.1 + abs(draw.gauss(0, 0.05)) + (params["model.0.dropout"] - 0.3) ** 2
        end = draw.choice(["complete"] * 7 + ["pruned", "fail"])
        mine = {"number": n, "seed": n, "jobs": [n], "rungs": [1], "ends": end,
                "values": [] if end == "fail" else [value]}
        attrs = {"lrrun": mine, "seconds": 1.5, "epochs": 4}
        if end == "fail":
            attrs["error"] = HOSTILE
        lines.append(entry(4, study_id=0, id=n, params=params, distributions=kinds,
                           user_attrs=attrs))
    (folder / "journal.log").write_text("\n".join(lines) + "\n")


def make_reports(program, folder):
    """Name -> (page, most bytes) of every kind of report."""
    runs = folder / "runs"
    for name, text in {"run": RUN, "study": STUDY, "front": FRONT, "rate": RATE}.items():
        (folder / f"{name}.lua").write_text(text)
    common = ["--quiet", "--out", runs]
    lrrun(program, folder / "run.lua", *common)
    lrrun(program, folder / "run.lua", "--set", "lr=0.003", "--set", "n=60", *common)
    lrrun(program, "search", folder / "study.lua", "--strategy", "random", "--trials", 40,
          "--pruner", "asha{grace=1}", *common)
    lrrun(program, "search", folder / "front.lua", "--strategy", "random", "--trials", 20, *common)
    lrrun(program, "range", folder / "rate.lua", "--seeds", 3, *common)
    lrrun(program, "advise", folder / "rate.lua", "--budget", 3, *common)
    lrrun(program, "sensitivity", folder / "rate.lua", "--with", "optimizer=adam,sgd", *common)
    large_study(runs / "large-study", runs / "study-study")
    first, second = sorted(p for p in runs.iterdir() if p.name.startswith(("run-", "_b_run", "b_run"))
                           or "run" in p.name and (p / "run.yaml").exists())
    pages = {"run": [first], "two-runs": [first, second], "study": [runs / "study-study"],
             "front": [runs / "front-study"], "range": [runs / "rate-range-1"],
             "advice": [runs / "rate-advice-1"], "sensitivity": [runs / "rate-sensitivity-1"],
             "large-study": [runs / "large-study"]}
    out = {}
    for name, words in pages.items():
        out[name] = folder / f"{name}.html", 3 * MB if name == "large-study" else MB
        lrrun(program, "report", *words, "-o", out[name][0])
    return out


def browser():
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser",
                                                    "google-chrome"))), None)
    driver = shutil.which("chromedriver")
    if not chromium or not driver:
        print("skipped: no %s is installed" % ("chromium" if not chromium else "chromedriver"))
        sys.exit(0)
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                 "--disable-dev-shm-usage"):
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))


def view(web, width, scheme, script=True):
    web.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False})
    web.execute_cdp_cmd("Emulation.setEmulatedMedia", {
        "features": [{"name": "prefers-color-scheme", "value": scheme}]})
    web.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not script})


def seconds_to_open(web, page):
    web.get(page.as_uri())
    return web.execute_script("const t = performance.getEntriesByType('navigation')[0];"
                              "return (t.loadEventEnd - t.startTime) / 1000")


def console(web):
    return [line["message"] for line in web.get_log("browser")]


def check_hover(web, name):
    """Each chart says a value somewhere under the pointer."""
    figures = web.find_elements(By.CSS_SELECTOR, "figure.chart")
    assert figures, name
    for figure in figures:
        title = figure.find_element(By.CSS_SELECTOR, "figcaption").text
        plot = figure.find_element(By.CSS_SELECTOR, "svg.plot")
        if not plot.is_displayed():
            continue
        web.execute_script("arguments[0].scrollIntoView({block: 'center'})", plot)
        width, height = plot.size["width"], min(plot.size["height"], 800)
        said = None
        spots = [(x / 12, y / 12) for y in (6, 3, 9, 1, 11, 5, 7) for x in range(1, 12)]
        for x, y in spots:
            ActionChains(web, duration=0).move_to_element_with_offset(
                plot, round((x - 0.5) * width * 0.98), round((y - 0.5) * height * 0.98)).perform()
            said = figure.find_element(By.CSS_SELECTOR, ".readout").text
            if any(c.isdigit() for c in said):
                break
        assert said and any(c.isdigit() for c in said), (name, title, "no value under the pointer")


def check_toggles(web, name):
    """A click on a name takes its line away, another brings it back."""
    for figure in web.find_elements(By.CSS_SELECTOR, "figure.chart"):
        keys = figure.find_elements(By.CSS_SELECTOR, ".legend .key[data-s]")
        for key in keys[:2]:
            path = figure.find_elements(By.CSS_SELECTOR,
                                        f'path[data-s="{key.get_attribute("data-s")}"]')
            states = [path[0].is_displayed()]
            for _ in range(2):
                web.execute_script("arguments[0].scrollIntoView({block: 'center'})", key)
                key.click()
                states.append(path[0].value_of_css_property("display") != "none")
            assert states[1] != states[2], (name, key.text, states)


def check_rails(web, name):
    """Parallel coordinates: a stroke along a rail leaves the lines through it, a double click
    shows all again, names take their fifths away. Returns how many such figures there are."""
    plots = web.find_elements(By.CSS_SELECTOR, "svg[data-rails]")
    for plot in plots:
        def count(what):
            return len(plot.find_elements(By.CSS_SELECTOR, what))

        web.execute_script("arguments[0].scrollIntoView({block: 'center'})", plot)
        lines = count(".through")
        last = plot.find_elements(By.CSS_SELECTOR, ".rail > line:first-child")[-1]
        tall = last.size["height"]
        ActionChains(web, duration=10).move_to_element_with_offset(last, 0, tall // 4) \
            .click_and_hold().move_by_offset(0, tall // 3).release().perform()
        kept = count(".through:not(.out)")
        assert 0 < kept < lines, (name, "no choice of lines", kept, lines)
        assert count("rect.choice:not(.gone)") == 1, (name, "no sign of the choice")
        ActionChains(web, duration=0).move_to_element(plot).double_click().perform()
        assert count(".through.out") == 0 and count("rect.choice:not(.gone)") == 0, name
        figure = plot.find_element(By.XPATH, "ancestor::figure")
        for key in figure.find_elements(By.CSS_SELECTOR, ".legend .key"):
            mine = f'.through.{key.get_attribute("data-class")}'
            for want in (count(mine), 0):
                key.click()
                assert count(mine + ".gone") == want, (name, key.text)
    return len(plots)


def check_zoom(web, name):
    """A drag looks closer, a double click shows all again."""
    for figure in web.find_elements(By.CSS_SELECTOR, "figure.chart"):
        plot = figure.find_element(By.CSS_SELECTOR, "svg.plot")
        if not plot.get_attribute("data-area") or plot.get_attribute("data-fixed"):
            continue
        web.execute_script("arguments[0].scrollIntoView({block: 'center'})", plot)
        whole = plot.text
        w, h = plot.size["width"] // 5, plot.size["height"] // 5
        ActionChains(web, duration=10).move_to_element_with_offset(plot, -w, -h).click_and_hold() \
            .move_by_offset(2 * w, 2 * h).release().perform()
        assert plot.text != whole, (name, "no zoom")
        ActionChains(web, duration=0).move_to_element(plot).double_click().perform()
        assert plot.text == whole, (name, "not as it was")
        return
    raise AssertionError((name, "no chart to zoom"))


def check_looks(web, page, name, shots):
    """At the width of a telephone and of a desk, light and dark: nothing sticks out."""
    grounds = {}
    for width in (400, 1600):
        for scheme in ("light", "dark"):
            view(web, width, scheme)
            web.get(page.as_uri())
            wide, ground = web.execute_script(
                "return [document.documentElement.scrollWidth,"
                "getComputedStyle(document.body).backgroundColor]")
            assert wide <= width, (name, width, wide)
            grounds[scheme] = ground
            if shots:
                height = web.execute_script("return document.documentElement.scrollHeight")
                shot = web.execute_cdp_cmd("Page.captureScreenshot", {
                    "captureBeyondViewport": True, "clip": {
                        "x": 0, "y": 0, "width": width, "height": min(height, 12000),
                        "scale": 1}})
                (shots / f"{name}-{width}-{scheme}.png").write_bytes(
                    base64.b64decode(shot["data"]))
    assert grounds["light"] != grounds["dark"], (name, grounds)


def check(web, page, most, name, shots):
    size = page.stat().st_size
    assert size < most, (name, size)
    view(web, 1600, "light")
    took = min(seconds_to_open(web, page) for _ in range(3))
    assert took < 1, (name, took)
    assert web.execute_script("return performance.getEntriesByType('resource').length") == 0, name
    check_hover(web, name)
    check_toggles(web, name)
    assert check_rails(web, name) == (1 if "study" in name or name == "front" else 0), name
    check_zoom(web, name)
    pdf = web.execute_cdp_cmd("Page.printToPDF", {})
    assert len(pdf["data"]) > 10000, name
    check_looks(web, page, name, shots)
    assert console(web) == [], (name, console(web))
    view(web, 1600, "light", script=False)
    web.get(page.as_uri())
    charts = web.find_elements(By.CSS_SELECTOR, "figure.chart svg.plot")
    assert charts and charts[0].is_displayed(), name
    view(web, 1600, "light")
    print("%-12s %7d bytes, open after %.2f s, %d charts" % (name, size, took, len(charts)))


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    shots = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None
    web = browser()
    try:
        with tempfile.TemporaryDirectory() as name:
            if shots:
                shots.mkdir(parents=True, exist_ok=True)
            for name, (page, most) in make_reports(program, pathlib.Path(name)).items():
                check(web, page, most, name, shots)
    finally:
        web.quit()
    print("ok")


if __name__ == "__main__":
    main()
