#include "wheelyard/index/page_html.hpp"

#include <filesystem>

#include "page_fixture.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wheelyard/base/io.hpp"
#include "wheelyard/index/html_tokenizer.hpp"

namespace wheelyard::index {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

ProjectPage read(std::string_view html) {
  return project_from_html(html, "acme", "page");
}

std::vector<std::string> urls(const ProjectPage& page) {
  std::vector<std::string> result;
  for (const auto& file : page.files) result.push_back(file.url);
  return result;
}

ProjectPage full_page() {
  ProjectPage page;
  page.name = "acme";
  page.serial = 42;
  page.status = "deprecated";
  page.status_reason = "use \"zeta\" & be <glad>";
  auto wheel = entry("acme-1.0+cu1-py3-none-any.whl", "acme-1.0%2Bcu1-py3-none-any.whl");
  wheel.hashes = {{"sha256", digest_a}};
  wheel.requires_python = ">=3.8,<4";
  wheel.yanked = true;
  wheel.yanked_reason = "it's \"bad\" & <ugly>";
  wheel.has_metadata = true;
  wheel.metadata_sha256 = digest_b;
  wheel.gpg_sig = true;
  wheel.extra_json = R"({"provenance":"https://example.org/p?a=1&b=2"})";
  page.files.push_back(wheel);
  auto sdist = entry("acme-1.0.tar.gz", "../pool/acme-1.0.tar.gz");
  sdist.has_metadata = true;
  sdist.yanked = true;
  page.files.push_back(sdist);
  return page;
}

TEST(HtmlPage, RoundTrips) {
  auto page = full_page();
  auto html = to_html(page);
  auto back = read(html);
  EXPECT_EQ(back.name, "acme");
  EXPECT_EQ(back.serial, 42u);
  EXPECT_EQ(back.status, page.status);
  EXPECT_EQ(back.status_reason, page.status_reason);
  ASSERT_EQ(back.files.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) expect_equal(back.files[i], page.files[i]);
  EXPECT_EQ(to_html(back), html);
  EXPECT_EQ(html_serial(html), 42u);
}

TEST(HtmlPage, WritesWhatTheStandardsSay) {
  auto html = to_html(full_page());
  EXPECT_THAT(html, HasSubstr("<!DOCTYPE html>"));
  EXPECT_THAT(html, HasSubstr(R"(<meta name="pypi:repository-version" content="1.4">)"));
  EXPECT_THAT(html, HasSubstr(R"(<meta name="pypi:project-status" content="deprecated">)"));
  EXPECT_THAT(
      html,
      HasSubstr(
          R"(<a href="acme-1.0%2Bcu1-py3-none-any.whl#sha256=)" + digest_a +
          R"(" data-requires-python="&gt;=3.8,&lt;4" data-yanked="it&#39;s &quot;bad&quot; &amp; &lt;ugly&gt;")"
          R"( data-core-metadata="sha256=)" +
          digest_b + R"(" data-gpg-sig="true")"));
  EXPECT_THAT(html, Not(HasSubstr("data-dist-info-metadata")));  // pip 22.3 to 23.0 refuses files for it
  EXPECT_THAT(html, HasSubstr(R"(>acme-1.0+cu1-py3-none-any.whl</a>)"));
  EXPECT_THAT(html,
              HasSubstr(R"(<a href="../pool/acme-1.0.tar.gz" data-yanked="" data-core-metadata="true")"));
}

TEST(HtmlPage, RootLinksToFolders) {
  RootPage root;
  root.projects = {"acme", "zeta"};
  root.serial = 5;
  auto html = to_html(root);
  EXPECT_THAT(html, HasSubstr("<a href=\"acme/\">acme</a>"));
  EXPECT_EQ(html_serial(html), 5u);
  EXPECT_TRUE(read(html).files.empty());
}

struct Foreign {
  std::string file;
  std::vector<std::string> urls;
};
void PrintTo(const Foreign& foreign, std::ostream* out) {
  *out << foreign.file;
}

class ForeignPage : public ::testing::TestWithParam<Foreign> {};

TEST_P(ForeignPage, IsReadWhole) {
  auto path = std::filesystem::path(WHEELYARD_TEST_DATA) / "pages" / GetParam().file;
  auto html = read_file(path);
  auto page = project_from_html(html, "Acme_Lib", path.string());
  EXPECT_EQ(page.name, "acme-lib");
  EXPECT_EQ(urls(page), GetParam().urls);
  EXPECT_FALSE(html_serial(html));
}

const std::string cu_wheel =
    "acme_lib-1.1.0%2Bcu118-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl";

INSTANTIATE_TEST_SUITE_P(
    Pages, ForeignPage,
    ::testing::Values(
        Foreign{"s3pypi-2.0.1.html",
                {"acme_lib-1.0.0-py3-none-any.whl", "acme_lib-1.0.0.tar.gz", cu_wheel,
                 "acme_lib-1.1.0%2Bcu118.tar.gz", "acme_lib-2%211.0.dev3-py3-none-any.whl"}},
        Foreign{"s3pypi-2.0.1-root.html", {}},
        Foreign{"ilabs.s3util-0.6.7.html",
                {"acme_lib-1.0.0-py3-none-any.whl", "acme_lib-1.0.0.tar.gz", cu_wheel,
                 "acme_lib-1.1.0%2Bcu118.tar.gz", "acme_lib-2!1.0.dev3-py3-none-any.whl"}},
        Foreign{"dumb-pypi-1.15.0.html",
                {"../../pool/acme_lib-1.1.0%2Bcu118.tar.gz", "../../pool/" + cu_wheel,
                 "../../pool/acme_lib-1.0.0.tar.gz", "../../pool/acme_lib-1.0.0-py3-none-any.whl"}},
        Foreign{"dumb-pypi-1.15.0-absolute.html",
                {"https://example.org/pool/acme_lib-1.1.0%2Bcu118.tar.gz",
                 "https://example.org/pool/" + cu_wheel, "https://example.org/pool/acme_lib-1.0.0.tar.gz",
                 "https://example.org/pool/acme_lib-1.0.0-py3-none-any.whl"}},
        Foreign{"pypiserver-2.4.2.html",
                {"/packages/acme_lib-1.0.0-py3-none-any.whl", "/packages/acme_lib-1.0.0.tar.gz",
                 "/packages/" + cu_wheel, "/packages/acme_lib-1.1.0%2Bcu118.tar.gz",
                 "/packages/acme_lib-2!1.0.dev3-py3-none-any.whl"}},
        Foreign{
            "nginx-autoindex.html",
            {"Acme.Other-0.1-py3-none-any.whl", "acme_lib-1.0.0-py3-none-any.whl", "acme_lib-1.0.0.tar.gz",
             cu_wheel, "acme_lib-1.1.0%2Bcu118.tar.gz", "acme_lib-2%211.0.dev3-py3-none-any.whl"}},
        Foreign{
            "apache-autoindex.html",
            {"acme_lib-1.0.0-py3-none-any.whl", "acme_lib-1.0.0.tar.gz", "acme_lib-1.1.0%2Bcu118.tar.gz"}},
        Foreign{"devpi.html",
                {"../../%2Bf/a70/a92b0921e6542/acme_lib-1.0.0-py3-none-any.whl",
                 "../../%2Bf/aca/4f35879fb9d71/acme_lib-1.0.0.tar.gz"}},
        Foreign{"wheelhouse-uploader.html", {"acme_lib-1.0.0-py3-none-any.whl", "acme_lib-1.0.0.tar.gz"}}),
    [](const auto& parameter) {
      std::string name = parameter.param.file;
      for (char& c : name) {
        if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
      }
      return name;
    });

TEST(ForeignPages, CarryWhatTheyKnow) {
  auto folder = std::filesystem::path(WHEELYARD_TEST_DATA) / "pages";
  auto dumb = project_from_html(read_file(folder / "dumb-pypi-1.15.0.html"), "acme-lib", "page");
  EXPECT_EQ(dumb.files[1].filename,
            "acme_lib-1.1.0+cu118-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl");
  EXPECT_EQ(dumb.files[1].sha256(), "a43055c9f3d57dae5cd14630b6a4b9abbc0dd118b410d823ddabe5550c1729aa");
  EXPECT_EQ(dumb.files[1].requires_python, ">=3.8,<4");
  EXPECT_TRUE(dumb.files[1].has_metadata);
  EXPECT_EQ(dumb.files[1].metadata_sha256, dumb.files[1].sha256());
  EXPECT_FALSE(dumb.files[2].has_metadata);
  EXPECT_TRUE(dumb.files[2].yanked);
  EXPECT_EQ(dumb.files[2].yanked_reason, "broken & <bad>");
  auto devpi = project_from_html(read_file(folder / "devpi.html"), "acme-lib", "page");
  EXPECT_EQ(devpi.files[0].requires_python, ">=3.8");
  EXPECT_TRUE(devpi.files[1].yanked);
  EXPECT_EQ(devpi.files[1].yanked_reason, "");
}

TEST(HtmlPage, ReadsLooseHtml) {
  auto page = read(
      "<HTML><!-- <a href='no-1.tar.gz'> --><BODY\n><A CLASS=x HREF=a-1.tar.gz#SHA256=" + digest_a +
      " DATA-YANKED>x</A><a href = 'b-1.whl?x=1&amp;y=2&copy=3' data-requires-python='&#62;=3&#x2e;8' />"
      "<a name=top><a href=''><a href=\"c d-1.zip\"><script>'<a href=\"s-1.whl\">'</script>"
      "<title><a href=t-1.whl></title><a href=d-1.tar.gz/><a\thref='e&plus;1-1.whl' data-core-metadata>");
  EXPECT_THAT(urls(page), ElementsAre("a-1.tar.gz", "b-1.whl?x=1&y=2&copy=3", "c%20d-1.zip", "e%2B1-1.whl"));
  EXPECT_EQ(page.files[0].sha256(), digest_a);
  EXPECT_TRUE(page.files[0].yanked);
  EXPECT_EQ(page.files[1].requires_python, ">=3.8");
  EXPECT_EQ(page.files[2].filename, "c d-1.zip");
  EXPECT_TRUE(page.files[3].has_metadata);
  EXPECT_EQ(page.files[3].filename, "e+1-1.whl");
}

TEST(HtmlPage, ReadsDigestsOfAllKinds) {
  auto page = read("<a href='a-1.whl#md5=" + digest_a.substr(0, 32) + "'><a href='b-1.whl#egg=b-1&sha512=" +
                   digest_a + digest_b + "&sha1=" + digest_a.substr(0, 40) +
                   "'><a href='c-1.whl#sha256=abc'><a href='d-1.whl#blake2b_256=" + digest_b +
                   "'><a href='notes.txt#sha256=" + digest_a +
                   "'><a href='notes2.txt#top'><a href='notes3.txt#shape=" + digest_a + "'>");
  EXPECT_THAT(urls(page), ElementsAre("a-1.whl", "b-1.whl", "c-1.whl", "d-1.whl", "notes.txt"));
  EXPECT_EQ(page.files[0].hashes.at("md5"), digest_a.substr(0, 32));
  EXPECT_EQ(page.files[1].hashes.size(), 2u);
  EXPECT_TRUE(page.files[2].hashes.empty());
  EXPECT_EQ(page.files[3].hashes.at("blake2b_256"), digest_b);
  EXPECT_THAT(to_html(page), HasSubstr("b-1.whl#sha512="));
  EXPECT_THAT(to_html(page), HasSubstr("d-1.whl#blake2b_256="));
}

TEST(HtmlPage, LeavesOutWhatIsNoFile) {
  auto page = read(
      "<a href=../>up</a><a href=/>root</a><a href='?C=N'>sort</a><a href=a-1.whl.metadata>m</a><a "
      "href=index.html>i</a>"
      "<a href='javascript:x-1.whl'>j</a><a href='ftp://example.org/x-1.whl'>f</a><a "
      "href='a%2F..%2Fb-1.whl'>s</a>"
      "<a href='x%00-1.whl'>n</a><a href='..%5Cb-1.whl'>b</a><a href='old-1.EGG'>egg</a><a "
      "href='a-1.whl'>1</a>"
      "<a href='other/a-1.whl'>2</a><link href='l-1.whl'><a data-href='q-1.whl'>");
  EXPECT_THAT(urls(page), ElementsAre("old-1.EGG", "a-1.whl"));
}

TEST(HtmlPage, FollowsABase) {
  EXPECT_THAT(
      urls(read(
          "<base href='https://example.org/pool/x.html'><a href=a-1.whl><a href=../b-1.whl><a href=/c-1.whl>"
          "<a href='//cdn.example.org/d-1.whl'><a href='http://example.net/e-1.whl'>")),
      ElementsAre("https://example.org/pool/a-1.whl", "https://example.org/b-1.whl",
                  "https://example.org/c-1.whl", "https://cdn.example.org/d-1.whl",
                  "http://example.net/e-1.whl"));
  EXPECT_THAT(urls(read("<base href='../../pool/'><base href='/no/'><a href=a-1.whl><a href='/b-1.whl'>")),
              ElementsAre("../../pool/a-1.whl", "/b-1.whl"));
  EXPECT_EQ(error_of([] { read("<base href='javascript:x'><a href=a-1.whl>"); }).code(),
            ErrorCode::corrupted);
}

std::string problem_of(std::string_view html) {
  auto error = error_of([&] { project_from_html(html, "acme", "s3://bucket/acme/"); });
  EXPECT_EQ(error.code(), ErrorCode::corrupted) << html;
  EXPECT_THAT(error.what(), HasSubstr("s3://bucket/acme/"));
  return error.details().reason;
}

TEST(HtmlPage, NeverTakesAnythingElseForAPage) {
  EXPECT_EQ(problem_of(""), "it is empty");
  EXPECT_EQ(problem_of("\xEF\xBB\xBF \r\n"), "it is empty");
  EXPECT_EQ(problem_of("{\"a\":\"<a href='a-1.whl'>\"}"), "it is no HTML document");
  EXPECT_EQ(problem_of("[\"<html>\"]"), "it is no HTML document");
  EXPECT_EQ(problem_of("Not found"), "it is no HTML document");
  EXPECT_EQ(problem_of(std::string("\x1F\x8B\x08\0<html>", 10)), "it is no HTML document");
  EXPECT_THAT(problem_of("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>"),
              HasSubstr("<error>"));
  EXPECT_THAT(problem_of("<ListBucketResult></ListBucketResult>"), HasSubstr("<listbucketresult>"));
  EXPECT_THAT(problem_of("<!DOCTYPE svg><svg></svg>"), HasSubstr("no HTML"));
  EXPECT_THAT(problem_of("<html><a href='a-1.whl"), HasSubstr("middle of a tag"));
  EXPECT_THAT(problem_of("<html><a href=a-1.whl"), HasSubstr("middle of a tag"));
  EXPECT_THAT(problem_of("<html><!-- <a href=a-1.whl>"), HasSubstr("middle of a tag"));
  EXPECT_THAT(problem_of("<html><script><a href=a-1.whl>"), HasSubstr("middle of a tag"));
  EXPECT_THAT(problem_of("<html><base href='http://[x'>"), HasSubstr("base"));
  EXPECT_EQ(error_of([] { read("<meta name='pypi:repository-version' content='2.0'>"); }).code(),
            ErrorCode::unsupported);
}

TEST(HtmlPage, WithoutLinksIsAnEmptyPage) {
  for (const auto* html :
       {"<html><body>nothing here</body></html>", "<!doctype html>", "<?xml version='1.0'?><html/>",
        "<h1>Index of /</h1>", "\xEF\xBB\xBF<!-- c --><p>x"}) {
    EXPECT_TRUE(read(html).files.empty()) << html;
  }
}

TEST(HtmlPage, EveryCutOfOursIsNoticed) {
  auto html = to_html(full_page());
  auto marker = html.find("wheelyard:serial");
  for (std::size_t i = marker + 40; i + 2 < html.size(); ++i) {
    EXPECT_EQ(error_of([&] { read(html.substr(0, i)); }).code(), ErrorCode::corrupted) << i;
  }
}

TEST(HtmlPage, SerialIsOursOnly) {
  EXPECT_FALSE(html_serial("<html><a href=x><meta name='wheelyard:serial' content='3'>"));
  EXPECT_FALSE(html_serial("<meta name='wheelyard:serial' content='-3'>"));
  EXPECT_FALSE(html_serial("<meta name='wheelyard:serial' content='3x'>"));
  EXPECT_FALSE(html_serial("<meta name='wheelyard:serial'>"));
  EXPECT_FALSE(html_serial("not html at all"));
  EXPECT_EQ(html_serial("<meta name='wheelyard:serial' content='18446744073709551615'>"),
            18446744073709551615ull);
  EXPECT_THAT(problem_of("<meta name='wheelyard:serial' content='x'></html>"), HasSubstr("serial"));
}

TEST(HtmlPage, RoundTripsWhateverItHolds) {
  RandomText random(13);
  for (int i = 0; i < 500; ++i) {
    ProjectPage page;
    page.name = "acme";
    page.serial = random.below(1000);
    for (auto files = random.below(6); files > 0; --files) {
      auto name = "acme-" + std::to_string(files) + random.of("+%&<>\"' .#?", 4) + ".tar.gz";
      std::string url;
      for (char c : name) {
        constexpr char digits[] = "0123456789ABCDEF";
        auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) || c == '-' || c == '.') {
          url += c;
        } else {
          url += '%';
          url += digits[byte >> 4];
          url += digits[byte & 15];
        }
      }
      auto file = entry(name, url);
      if (random.coin()) file.hashes["sha256"] = random.hex(64);
      if (random.coin()) file.requires_python = ">" + random.of("><=3.8, !~*\"&#;amp", 20) + "3";
      file.yanked = random.coin();
      if (file.yanked) file.yanked_reason = random.of("ab<>&\"'; \n\xC3&lt;&#39", 20);
      file.has_metadata = random.coin();
      if (file.has_metadata && random.coin()) file.metadata_sha256 = random.hex(64);
      page.files.push_back(file);
    }
    auto html = to_html(page);
    auto back = read(html);
    ASSERT_EQ(back.files.size(), page.files.size()) << html;
    for (std::size_t f = 0; f < page.files.size(); ++f) expect_equal(back.files[f], page.files[f]);
  }
}

TEST(HtmlTokenizer, StaysLinearOnHostileInput) {
  for (const auto* part : {"<div>", "<a ", "<!", "<!--", "</", "<script></scrip", "<a a=\"", "&#", "<a &#38",
                           "<![CDATA[", "<x =", "</p"}) {
    std::string text;
    while (text.size() < 1'000'000) text += part;
    HtmlTokenizer tokenizer(text);
    HtmlTag tag;
    std::size_t tags = 0;
    while (tokenizer.next(tag)) ++tags;
    EXPECT_LE(tags, text.size() / 4 + 1);
    EXPECT_LE(html_decode(text).size(), 4 * text.size());
  }
}

TEST(HtmlEscape, LeavesNothingThatMarksUp) {
  std::string out;
  append_html_escaped(out, std::string_view("a<b>&\"'\0z", 9));
  EXPECT_EQ(out, "a&lt;b&gt;&amp;&quot;&#39;\xEF\xBF\xBDz");
}

TEST(HtmlDecode, KnowsReferences) {
  EXPECT_EQ(html_decode("&lt;&gt;&amp;&quot;&apos;&#39;&#x27;&plus;&equals;"), "<>&\"'''+=");
  EXPECT_EQ(html_decode("&#233;&#xE9;&#8364;&#x1F600;"), "\xC3\xA9\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
  EXPECT_EQ(html_decode("&#0;&#xD800;&#99999999999;"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(html_decode("&amp &lt"), "& <");
  EXPECT_EQ(html_decode("a&b &unknown; &; &#; &#x; &lt=1 & &lta"), "a&b &unknown; &; &#; &#x; &lt=1 & &lta");
}

}  // namespace
}  // namespace wheelyard::index
