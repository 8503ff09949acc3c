#include "wheelyard/release/page.hpp"

#include <algorithm>
#include <regex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wheelyard/base/digest.hpp"

namespace wheelyard::release {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

const TimePoint noon = std::chrono::sys_days{std::chrono::year{2026} / 11 / 20} + 12h + 5min + 7s;

Reference reference(const std::string& version) {
  return {version, sha256_hex(version)};
}

RankStatus holding(const std::string& rank, const std::string& version) {
  RankStatus status{.rank = rank};
  status.standing =
      Standing{reference(version), 7, noon, {.identity = "alice", .credential = "AKIDNOTSHOWN", .run = {}}};
  return status;
}

std::string rendered(NameStatus status, std::vector<Entry> entries = {}) {
  return render_page(
      {.title = "Releases", .made = noon, .pipelines = {{std::move(status), std::move(entries), {}}}});
}

std::string rendered(const Entry& entry) {
  return rendered({.name = "acme", .seq = entry.seq, .ranks = {}, .intents = {}}, {entry});
}

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

/// The text of the page, tags taken out.
std::string words(const std::string& html) {
  const std::string body = html.substr(html.find("<body>"));
  return std::regex_replace(std::regex_replace(body, std::regex("<[^>]*>"), ""), std::regex("\\s+"), " ");
}

TEST(Page, NothingThatComesFromABucketIsMarkup) {
  const std::string hostile = "</title></style><script>x</script><img src=a onerror=b>\"'><b onclick=c>&lt;";
  Entry entry{.seq = 3,
              .action = Action::promote,
              .rank = hostile,
              .from = Reference{hostile, hostile},
              .to = Reference{hostile, hostile},
              .source = hostile,
              .skipped = {hostile},
              .at = noon,
              .by = {hostile, hostile, hostile},
              .note = hostile,
              .gates = {{hostile, false, hostile}}};
  RankStatus rank{.rank = hostile};
  rank.standing = Standing{{hostile, hostile}, 3, noon, {hostile, hostile, hostile}};
  rank.settled = false;
  rank.approvals = {{hostile, {hostile, hostile}, {hostile, hostile, hostile}, noon, hostile}};
  RankStatus after = rank;
  after.in_pipeline = false;
  NameStatus status{.name = hostile, .seq = 9, .ranks = {rank, rank, after}, .intents = {}};
  status.intents.push_back({.id = "1",
                            .kind = Intent::Kind::push,
                            .rank = hostile,
                            .release = {hostile, hostile},
                            .since = noon,
                            .worker = hostile,
                            .by = {hostile, hostile, hostile}});
  std::vector<Entry> entries;
  for (const auto action : {Action::push, Action::promote, Action::rollback, Action::undo, Action::adopt,
                            Action::approve, Action::prune}) {
    entry.action = action;
    entry.pruned = {{hostile, hostile}};
    entries.push_back(entry);
  }
  const auto page = render_page({.title = hostile, .made = noon, .pipelines = {{status, entries, hostile}}});
  EXPECT_GT(count(page, "&lt;script&gt;"), 40u);
  EXPECT_EQ(count(page, "<script"), 0u);
  EXPECT_EQ(count(page, "<img"), 0u);
  EXPECT_EQ(count(page, "<b onclick"), 0u);
  EXPECT_EQ(count(page, "</title>"), 1u);
  EXPECT_EQ(count(page, "</style>"), 1u);
  EXPECT_EQ(count(page, "&amp;lt;"), count(page, "onclick=c&gt;"));
  // Of quotes in attributes there are only those that end them.
  EXPECT_EQ(count(page, "=\"'>"), 0u);
}

TEST(Page, ControlsAndOtherEncodingsAreShownAndDoNotAct) {
  const auto page = rendered(Entry{.seq = 1,
                                   .rank = "qa",
                                   .to = reference("1\x1b[31m\xe2\x80\xae"
                                                   "2\xff\x07"),
                                   .at = noon});
  EXPECT_THAT(page, HasSubstr("1\\x1B[31m\\xE2\\x80\\xAE2\\xFF\\x07"));
  EXPECT_THAT(page, Not(HasSubstr("\x1b")));
}

TEST(Page, OnlyPlainWebLinksAreLinks) {
  const auto link = [](const std::string& url) {
    return count(
        rendered(Entry{.seq = 1, .rank = "qa", .to = reference("1"), .at = noon, .by = {"ci", "", url}}),
        "<a href=\"");
  };
  EXPECT_EQ(link("https://ci.example.org/run/1?a=b&c"), 1u);
  EXPECT_EQ(link("http://ci.example.org"), 1u);
  for (const std::string url :
       {"javascript:alert(1)", "JavaScript://x/%0aalert(1)", "data:text/html,x", "//ci.example.org/",
        "https://", "https://user:secret@ci.example.org/", "https://ci.example.org/ x",
        "https://ci\\@evil.example/", "file:///etc/passwd", "https:/ci.example.org",
        "\x01https://ci.example.org/"}) {
    EXPECT_EQ(link(url), 0u) << url;
    EXPECT_THAT(
        rendered(Entry{.seq = 1, .rank = "qa", .to = reference("1"), .at = noon, .by = {"ci", "", url}}),
        Not(HasSubstr("secret")));
  }
  EXPECT_THAT(rendered(Entry{.seq = 1,
                             .rank = "qa",
                             .to = reference("1"),
                             .at = noon,
                             .by = {"ci", "", "https://e.org/?a=\"b\"&c=<d>"}}),
              HasSubstr("href=\"https://e.org/?a=&quot;b&quot;&amp;c=&lt;d&gt;\""));
}

TEST(Page, ThePolicyAllowsItsOwnStyleAndNothingElse) {
  const auto page = rendered({.name = "acme"});
  const auto begin = page.find("<style>") + 7;
  const auto style = page.substr(begin, page.find("</style>") - begin);
  EXPECT_THAT(page, HasSubstr("default-src 'none'; style-src 'sha256-" +
                              to_base64(digest(DigestAlgorithm::sha256, style)) + "'; img-src data:;"));
  EXPECT_LT(page.find("Content-Security-Policy"), page.find("<style>"));
  EXPECT_EQ(count(page, " style=\""), 0u);
  EXPECT_EQ(count(style, "url("), 0u);
  EXPECT_EQ(count(style, "@import"), 0u);
}

TEST(Page, ARankSaysWhatItHoldsSinceWhenAndByWhom) {
  auto rank = holding("qa", "1.4.2");
  rank.files = 2;
  rank.size = 5 << 20;
  const auto page = rendered({.name = "acme", .seq = 7, .ranks = {rank}});
  EXPECT_THAT(words(page), HasSubstr("acme qa 1.4.2 " + reference("1.4.2").digest.substr(0, 12) +
                                     " · 2 files, 5.0\u00a0MiB since 20 Nov 2026, 12:05 · alice"));
  EXPECT_THAT(page, HasSubstr("<time datetime=\"2026-11-20T12:05:07.000000Z\">20 Nov 2026, 12:05</time>"));
  EXPECT_THAT(page, HasSubstr(reference("1.4.2").digest));
  EXPECT_THAT(page, Not(HasSubstr("AKIDNOTSHOWN")));
}

TEST(Page, ARankSaysHowItStandsToTheOneBefore) {
  auto qa = holding("qa", "3");
  auto staging = holding("staging", "1");
  staging.behind = 2;
  auto production = holding("production", "1");
  production.behind = 0;
  auto spare = holding("spare", "0");  // never was in production
  const auto text = words(
      rendered({.name = "acme", .ranks = {qa, staging, production, spare, RankStatus{.rank = "last"}}}));
  EXPECT_THAT(text, HasSubstr(" qa 3 "));
  EXPECT_THAT(text, HasSubstr(" staging 2 behind 1 "));
  EXPECT_THAT(text, HasSubstr(" production same as staging 1 "));
  EXPECT_THAT(text, HasSubstr(" spare other than production 0 "));
  EXPECT_THAT(text, HasSubstr(" last nothing yet "));
}

TEST(Page, WorkUnderWayAndUnsettledRanksAreMarked) {
  auto rank = holding("qa", "1");
  rank.settled = false;
  NameStatus status{.name = "acme", .ranks = {rank, holding("old", "0")}};
  status.ranks[1].in_pipeline = false;
  status.intents = {
      {.id = "1",
       .kind = Intent::Kind::push,
       .release = reference("2"),
       .since = noon,
       .by = {"bob", "", ""}},
      {.id = "2", .kind = Intent::Kind::prune, .release = reference("0.1"), .since = noon},
      {.id = "3", .kind = Intent::Kind::lay_out, .rank = "qa", .release = reference("1"), .since = noon}};
  const auto text = words(rendered(status));
  EXPECT_THAT(text, HasSubstr("being pushed 2 since 20 Nov 2026, 12:05, by bob"));
  EXPECT_THAT(text, HasSubstr("being pruned 0.1 since"));
  EXPECT_THAT(text, HasSubstr("qa not settled 1"));
  EXPECT_THAT(text, HasSubstr("old no longer a rank 0"));
}

TEST(Page, ApprovalsStandAtTheRankThatTheyAreFor) {
  RankStatus rank{.rank = "production"};
  rank.approvals = {{"production", reference("1.5"), {"bob", "", ""}, noon, "looks\ngood"}};
  const auto page = rendered({.name = "acme", .ranks = {rank}});
  EXPECT_THAT(page, HasSubstr("<q>looks<br>good</q>"));
  EXPECT_THAT(words(page), HasSubstr("production nothing yet 1.5 approved by bob, 20 Nov 2026, 12:05"));
}

TEST(Page, EveryStepOfAHistoryIsASentence) {
  Entry entry{.seq = 12,
              .rank = "production",
              .from = reference("1.1"),
              .to = reference("1.2"),
              .at = noon,
              .by = {"alice", "", "https://ci.example.org/9"}};
  const auto line = [&](Action action) {
    entry.action = action;
    entry.source = action == Action::promote ? "staging" : "";
    return words(rendered(entry));
  };
  EXPECT_THAT(line(Action::push),
              HasSubstr("12 20 Nov 2026, 12:05 push 1.2 into production by alice · CI run · before: 1.1"));
  EXPECT_THAT(line(Action::promote), HasSubstr("promote 1.2 from staging to production"));
  EXPECT_THAT(line(Action::rollback), HasSubstr("rollback production back to 1.2"));
  EXPECT_THAT(line(Action::adopt), HasSubstr("adopt 1.2 found in production"));
  EXPECT_THAT(line(Action::approve), HasSubstr("approve 1.2 for production by alice · CI run "));
  entry.undone = 11;
  EXPECT_THAT(line(Action::undo), HasSubstr("undo step 11 taken back: production holds 1.2 again"));
  entry.to.reset();
  EXPECT_THAT(line(Action::undo), HasSubstr("production holds nothing again"));
  entry.pruned = {reference("0.1"), reference("0.2")};
  EXPECT_THAT(line(Action::prune), HasSubstr("prune the bytes of 0.1, 0.2 given up"));
}

TEST(Page, NotesGatesAndSkippedRanksAreTold) {
  const Entry entry{.seq = 1,
                    .action = Action::promote,
                    .rank = "production",
                    .to = reference("2"),
                    .source = "qa",
                    .skipped = {"staging"},
                    .at = noon,
                    .note = "one\ntwo",
                    .gates = {{"command smoke", true, "exit status 0"}, {"note", false, ""}}};
  const auto page = rendered(entry);
  EXPECT_THAT(page, HasSubstr("<p class=\"note\">one<br>two</p>"));
  EXPECT_THAT(words(page),
              HasSubstr("past staging · gate command smoke passed (exit status 0) · gate note did not pass"));
}

TEST(Page, AHistoryThatIsCutSaysSo) {
  const Entry entry{.seq = 120, .rank = "qa", .to = reference("2"), .at = noon};
  EXPECT_THAT(words(rendered({.name = "acme", .seq = 120}, {entry})),
              HasSubstr("History 120 steps, the latest 1 here"));
  EXPECT_THAT(words(rendered({.name = "acme", .seq = 1}, {entry})), HasSubstr("History 1 step "));
  EXPECT_EQ(count(rendered({.name = "acme", .seq = 120}, {}), "<details"), 0u);
}

TEST(Page, WhatIsWaitingIsNamedAheadOfEverything) {
  PageContent content{.title = "Releases", .made = noon, .pipelines = {}};
  for (const std::string name : {"calm", "late", "later"}) {
    auto after = holding("production", "1");
    if (name != "later") after.behind = name == "calm" ? 0 : 1;  // by more than is remembered
    content.pipelines.push_back(
        {{.name = name, .ranks = {holding("qa", name == "calm" ? "1" : "2"), after}}, {}, {}});
  }
  const auto page = render_page(content);
  const auto nav = page.substr(page.find("<nav"), page.find("</nav>") - page.find("<nav"));
  EXPECT_THAT(nav, HasSubstr("<a href=\"#p2\"><bdi>late</bdi></a>"));
  EXPECT_THAT(nav, HasSubstr("<a href=\"#p3\"><bdi>later</bdi></a>"));
  EXPECT_THAT(nav, Not(HasSubstr("calm")));
  EXPECT_THAT(page, HasSubstr("<h2 id=\"p2\"><bdi>late</bdi></h2>"));
}

TEST(Page, NothingYetAndBrokenPipelinesAreSaid) {
  EXPECT_THAT(words(render_page({.title = "Releases", .made = noon, .pipelines = {}})),
              HasSubstr("0 pipelines, as of 20 Nov 2026, 12:05"));
  EXPECT_THAT(words(render_page({.title = "Releases", .made = noon, .pipelines = {}})),
              HasSubstr("Nothing has been released here yet."));
  EXPECT_THAT(words(render_page(
                  {.title = "R", .made = noon, .pipelines = {{{.name = "acme"}, {}, "entry 3 is missing"}}})),
              HasSubstr("acme broken entry 3 is missing"));
}

TEST(Page, EveryTagIsClosed) {
  auto rank = holding("qa", "1");
  rank.approvals = {{"qa", reference("1"), {"bob", "", ""}, noon, "n"}};
  const auto page = rendered(
      {.name = "acme", .seq = 1, .ranks = {rank}, .intents = {{.id = "1", .kind = Intent::Kind::push}}},
      {Entry{.seq = 1,
             .rank = "qa",
             .to = reference("1"),
             .at = noon,
             .by = {"a", "", "https://e.org"},
             .note = "n",
             .gates = {{"g", true, "d"}}}});
  for (const std::string tag :
       {"html", "head",    "body",    "header", "main", "section", "nav",   "ol",    "ul",
        "li",   "div",     "p",       "span",   "b",    "bdi",     "a",     "h1",    "h2",
        "h3",   "details", "summary", "time",   "code", "q",       "title", "style", "footer"}) {
    EXPECT_EQ(count(page, "<" + tag + ">") + count(page, "<" + tag + " "), count(page, "</" + tag + ">"))
        << tag;
  }
}

}  // namespace
}  // namespace wheelyard::release
