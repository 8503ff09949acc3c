"""`wheelyard release page` in a browser: headless Chromium opens it as people do, from a folder and out of a bucket."""

import pathlib
import urllib.error
import urllib.request

import pytest
from support.browser import Browser
from support.release_page import check_alone, check_look, render, unfold
from support.releases import Releases, make_release


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory):
    browser = Browser(tmp_path_factory.mktemp("browser"))
    yield browser
    browser.stop()


@pytest.fixture
def show(browser: Browser, tmp_path: pathlib.Path):
    def open_page(which: str, width: int, dark: bool = False) -> str:
        path = tmp_path / f"{which}.html"
        path.write_text(render(which), encoding="utf-8")
        browser.open(path.as_uri(), width, dark=dark)
        return path.as_uri()

    return open_page


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 768, 390, 360])
@pytest.mark.parametrize("which", ["one", "example", "many", "hostile", "none"])
def test_it_fits_and_can_be_read(browser, show, tmp_path, which, width, dark):
    url = show(which, width, dark)
    check_look(browser)
    unfold(browser)
    check_look(browser)
    check_alone(browser, url)
    browser.screenshot(tmp_path / "screenshots" / f"{which}-{width}-{'dark' if dark else 'light'}.png")


def test_text_from_a_bucket_does_nothing(browser, show):
    show("hostile", 1280)
    assert browser.script("return document.title") == "</title><script>document.title='owned'</script>"
    assert browser.script("return document.querySelector('h2[id=p1]').textContent") == "<script>document.title='owned'</script>"
    links = browser.script("return [...document.links].map(a => a.getAttribute('href'))")
    assert [link for link in links if not link.startswith("#")] == ['HTTPS://ci.example.org/a?b="c"&d=<e>']
    assert browser.complaints() == []


def test_the_history_unfolds_by_mouse_and_by_keyboard(browser, show):
    show("one", 1280)
    visible = "return [...document.querySelectorAll('.history > li')].filter(e => e.checkVisibility()).length"
    assert browser.script(visible) == 0
    browser.click("summary")
    assert browser.script(visible) == 16
    browser.click("summary")
    assert browser.script(visible) == 0
    browser.script("document.querySelector('summary').focus()")
    browser.press("\ue007")
    assert browser.script(visible) == 16
    assert browser.script("return document.activeElement.tagName") == "SUMMARY"
    assert browser.script("return getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_links_of_what_is_waiting_lead_to_its_pipeline(browser, show):
    show("example", 390)
    names = browser.script("return [...document.querySelectorAll('nav a')].map(a => a.textContent)")
    assert names == ["gateway-firmware.tar.gz", "mobile-api", "web-shop"]
    browser.click("nav li:last-child a")
    top = browser.script("const e = document.querySelector(location.hash); return [e.textContent, e.getBoundingClientRect().top]")
    assert top[0] == "web-shop"
    assert 0 <= top[1] < 900


def test_ranks_stand_in_a_row_or_under_one_another_on_a_phone(browser, show):
    places = "return [...document.querySelectorAll('section:first-of-type .ranks > li')].map(e => [e.offsetLeft, e.offsetTop])"
    show("one", 1280)
    wide = browser.script(places)
    assert len(wide) == 3
    assert wide[0][0] < wide[1][0] < wide[2][0]
    assert wide[0][1] == wide[1][1] == wide[2][1]
    show("one", 390)
    narrow = browser.script(places)
    assert narrow[0][0] == narrow[1][0] == narrow[2][0]
    assert narrow[0][1] < narrow[1][1] < narrow[2][1]


def test_what_a_screen_reader_finds(browser, show):
    """Headings in order, landmarks, lists that are lists: the tree that assistive programs read."""
    show("one", 1280)
    unfold(browser)
    nodes = browser.devtools("Accessibility.getFullAXTree")["nodes"]
    found = [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if not node["ignored"]]
    roles = [role for role, _ in found]
    assert ("heading", "Releases") in found
    assert ("region", "web-shop") in found
    assert [name for role, name in found if role == "heading"] == ["Releases", "web-shop", "qa", "staging", "production"]
    assert roles.count("main") == roles.count("banner") == roles.count("contentinfo") == 1
    assert roles.count("list") == 2
    assert roles.count("listitem") == 3 + 16
    assert browser.script("return document.documentElement.lang") == "en"


SHOWN = """
return [...document.querySelectorAll('section')].map(section => [
  section.querySelector('h2').textContent,
  ...[...section.querySelectorAll('.ranks > li')].map(rank => [...rank.querySelectorAll('h3, .version')].map(e => e.textContent)),
]);
"""


def pipelines(wheelyard, repo, folder: pathlib.Path) -> Releases:
    """Two releases in a repository; "suite" has gone on to staging."""
    releases = Releases(wheelyard, repo)
    releases("push", *make_release(folder / "one", "1.0", ["app.bin", "notes.txt"]), "--name", "suite", "--version", "1.0", "--note", "the first <one>")
    releases("promote", "suite", "staging")
    releases("push", *make_release(folder / "two", "1.1", ["app.bin"]), "--name", "suite", "--version", "1.1")
    releases("push", *make_release(folder / "three", "7", ["tool.tar.gz"]), "--version", "7")
    return releases


EXPECTED = [
    ["suite", ["qa", "1.1"], ["staging", "1.0"], ["production", "nothing yet"]],
    ["tool.tar.gz", ["qa", "7"], ["staging", "nothing yet"], ["production", "nothing yet"]],
]


def test_out_of_a_bucket_by_a_presigned_url(browser, wheelyard, bucket_repo, tmp_path):
    releases = pipelines(wheelyard, bucket_repo, tmp_path)
    report = releases("page").json
    assert report["place"] == f"{bucket_repo.url}/releases.html"
    head = bucket_repo.raw.head("releases.html")
    assert (head["ContentType"], head["CacheControl"]) == ("text/html; charset=utf-8", "no-cache")
    url = wheelyard("presign", f"{bucket_repo.url}/releases.html", env=bucket_repo.env).stdout.strip()
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url.partition("?")[0], timeout=240)
    assert refused.value.code == 403, "the page is nobody's but theirs who may read the bucket"
    browser.open(url, 390)
    assert browser.script(SHOWN) == EXPECTED
    unfold(browser)
    check_look(browser)
    assert "the first <one>" in browser.script("return [...document.querySelectorAll('.note')].map(e => e.textContent)")
    check_alone(browser, url)


def test_out_of_a_folder_and_from_a_web_server(browser, wheelyard, folder_repo, nginx, tmp_path):
    releases = pipelines(wheelyard, folder_repo, tmp_path)
    releases("page", "--to", tmp_path / "www", "--key", "index.html", "--title", "What we ship")
    served = nginx(tmp_path / "www")
    for url in ((tmp_path / "www" / "index.html").as_uri(), f"{served.url.rstrip('/')}/index.html"):
        browser.open(url, 1280)
        assert browser.script("return [document.title, document.querySelector('h1').textContent]") == ["What we ship"] * 2
        assert browser.script(SHOWN) == EXPECTED
        check_look(browser)
        check_alone(browser, url)


def test_the_page_shows_what_status_says_and_a_broken_pipeline_as_broken(browser, wheelyard, folder_repo, tmp_path):
    releases = pipelines(wheelyard, folder_repo, tmp_path)
    folder_repo.raw.delete(".wheelyard/releases/suite/history/000000000002.json")
    failed = releases("page", "--to", tmp_path / "www", check=False).failed(1)
    assert failed.json["unreadable"] == ["suite"]
    browser.open((tmp_path / "www" / "releases.html").as_uri(), 1280)
    assert browser.script(SHOWN) == EXPECTED
    assert "the entry is missing from the history" in browser.script("return document.querySelector('.fault').textContent")
    check_look(browser)
