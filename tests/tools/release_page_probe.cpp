// Prints the page of made-up pipelines, for the tests in a browser: one, example, many, hostile or none.
#include <chrono>
#include <iostream>
#include <string>
#include <vector>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/release/page.hpp"

namespace {

using namespace wheelyard;
using namespace wheelyard::release;
using namespace std::chrono_literals;

const TimePoint start = std::chrono::sys_days{std::chrono::year{2026} / 11 / 2} + 8h;

/// Tells a pipeline's story step by step, as its history would hold it.
class Story {
 public:
  Story(std::string name, std::vector<std::string> ranks, TimePoint begin = start)
      : name_(std::move(name)), ranks_(std::move(ranks)), time_(begin) {}

  Story& wait(std::chrono::minutes span) {
    time_ += span;
    return *this;
  }
  Story& by(std::string identity, std::string run = {}) {
    caller_ = {.identity = std::move(identity), .credential = {}, .run = std::move(run)};
    return *this;
  }
  Story& note(std::string text) {
    note_ = std::move(text);
    return *this;
  }
  Story& gate(GateResult result) {
    gates_.push_back(std::move(result));
    return *this;
  }
  Story& push(const std::string& version) {
    return add({.action = Action::push, .rank = ranks_.front(), .to = reference(version)});
  }
  Story& promote(const std::string& version, std::size_t to) {
    return add(
        {.action = Action::promote, .rank = ranks_[to], .to = reference(version), .source = ranks_[to - 1]});
  }
  Story& rollback(const std::string& version, std::size_t rank) {
    return add({.action = Action::rollback, .rank = ranks_[rank], .to = reference(version)});
  }
  Story& approve(const std::string& version, std::size_t rank) {
    return add({.action = Action::approve, .rank = ranks_[rank], .to = reference(version)});
  }
  Story& prune(const std::vector<std::string>& versions) {
    Entry entry{.action = Action::prune};
    for (const auto& version : versions) entry.pruned.push_back(reference(version));
    return add(std::move(entry));
  }
  Story& undo(const std::string& version, std::size_t rank) {
    return add({.action = Action::undo, .rank = ranks_[rank], .to = reference(version), .undone = seq_});
  }
  Story& unsettled(std::size_t rank) {
    unsettled_ = rank + 1;
    return *this;
  }
  Story& pushing(const std::string& version) {
    intents_.push_back({.id = "1",
                        .kind = Intent::Kind::push,
                        .rank = ranks_.front(),
                        .release = reference(version),
                        .since = time_,
                        .by = caller_});
    return *this;
  }
  Story& approved(std::size_t rank, Approval approval) {
    approvals_.push_back({rank, std::move(approval)});
    return *this;
  }

  PagePipeline told(std::size_t limit = 50) const {
    PagePipeline page{
        .status = {.name = name_, .seq = seq_, .ranks = {}, .intents = intents_}, .entries = {}, .fault = {}};
    for (std::size_t i = 0; i < ranks_.size(); ++i) {
      RankStatus rank{.rank = ranks_[i]};
      for (const auto& entry : entries_) {
        if (entry.rank != ranks_[i] || !entry.to || entry.action == Action::approve) continue;
        rank.standing = Standing{*entry.to, entry.seq, entry.at, entry.by};
      }
      if (rank.standing) {
        rank.size = 41'000'000 + rank.standing->release.version.size() * 77'123;
        rank.files = 1 + name_.size() % 3;
      }
      rank.settled = unsettled_ != i + 1;
      if (i > 0 && rank.standing && page.status.ranks[i - 1].standing)
        rank.behind = behind(ranks_[i - 1], *rank.standing);
      for (const auto& [of, approval] : approvals_)
        if (of == i) rank.approvals.push_back(approval);
      page.status.ranks.push_back(rank);
    }
    for (auto entry = entries_.rbegin(); entry != entries_.rend() && page.entries.size() < limit; ++entry)
      page.entries.push_back(*entry);
    return page;
  }

  Reference reference(const std::string& version) const { return {version, sha256_hex(name_ + version)}; }

 private:
  std::optional<std::uint64_t> behind(const std::string& before, const Standing& standing) const {
    std::optional<std::uint64_t> count;
    for (const auto& entry : entries_) {
      if (entry.rank != before || !entry.to || entry.action == Action::approve) continue;
      if (*entry.to == standing.release) {
        count = 0;
      } else if (count) {
        ++*count;
      }
    }
    return count;
  }

  Story& add(Entry entry) {
    entry.seq = ++seq_;
    entry.at = time_;
    entry.by = caller_;
    entry.note = std::move(note_);
    entry.gates = std::move(gates_);
    note_.clear();
    gates_.clear();
    for (const auto& earlier : entries_)
      if (entry.to && earlier.rank == entry.rank && earlier.to && earlier.action != Action::approve)
        entry.from = earlier.to;
    entries_.push_back(std::move(entry));
    time_ += 47min;
    return *this;
  }

  std::string name_;
  std::vector<std::string> ranks_;
  TimePoint time_;
  Caller caller_{.identity = "alice", .credential = {}, .run = {}};
  std::string note_;
  std::vector<GateResult> gates_;
  std::vector<Entry> entries_;
  std::vector<Intent> intents_;
  std::vector<std::pair<std::size_t, Approval>> approvals_;
  std::uint64_t seq_ = 0;
  std::size_t unsettled_ = 0;
};

const std::vector<std::string> usual{"qa", "staging", "production"};

PagePipeline web_shop() {
  Story story("web-shop", usual);
  story.by("ci", "https://ci.example.org/web-shop/runs/4711").push("4.11.0").promote("4.11.0", 1);
  story.by("alice").note("Quarterly release, announced to support.").promote("4.11.0", 2);
  story.wait(30h)
      .by("ci", "https://ci.example.org/web-shop/runs/4760")
      .push("4.12.0")
      .wait(2h)
      .promote("4.12.0", 1);
  story.wait(22h).by("bob").note("Browser tests and load test were good.").approve("4.12.0", 2);
  story.by("alice")
      .gate({.gate = "minimum_time 24h", .passed = true, .detail = "in staging for 25 h"})
      .gate({.gate = "approval", .passed = true, .detail = "approved by bob"})
      .promote("4.12.0", 2);
  story.wait(11h)
      .by("dana")
      .note("Checkout fails for gift cards (INC-2093). Back to what worked.")
      .rollback("4.11.0", 2);
  story.wait(9h).by("ci", "https://ci.example.org/web-shop/runs/4795").push("4.12.1").promote("4.12.1", 1);
  story.wait(26h)
      .by("bob")
      .approve("4.12.1", 2)
      .by("alice")
      .note("With the fix for gift cards.")
      .promote("4.12.1", 2);
  story.wait(28h)
      .by("ci", "https://ci.example.org/web-shop/runs/4822")
      .push("4.13.0rc1")
      .wait(7h)
      .push("4.13.0rc2")
      .promote("4.13.0rc2", 1);
  story.wait(3h).push("4.13.0");
  const Reference next = story.reference("4.13.0rc2");
  story.approved(2, {.rank = "production",
                     .release = next,
                     .by = {.identity = "bob", .credential = {}, .run = {}},
                     .at = start + 200h,
                     .note = "fine on staging"});
  return story.told();
}

std::vector<PagePipeline> example() {
  Story search("search-index", usual, start + 40h);
  search.by("ci", "https://ci.example.org/search/runs/118")
      .push("2026.11.1")
      .promote("2026.11.1", 1)
      .wait(20h);
  search.by("erin").promote("2026.11.1", 2);
  Story mobile("mobile-api", usual, start + 70h);
  mobile.by("ci", "https://ci.example.org/mobile/runs/77")
      .push("2.3.0")
      .promote("2.3.0", 1)
      .by("erin")
      .promote("2.3.0", 2);
  mobile.wait(50h)
      .by("ci", "https://ci.example.org/mobile/runs/81")
      .push("2.4.0")
      .promote("2.4.0", 1)
      .unsettled(1);
  Story firmware("gateway-firmware.tar.gz", {"bench", "field-test", "early-adopters", "everybody"},
                 start + 20h);
  firmware.by("frank")
      .push("0190a2b4-77c1-4f0e-9d55-2f6f0d6e8a11")
      .promote("0190a2b4-77c1-4f0e-9d55-2f6f0d6e8a11", 1);
  firmware.wait(60h)
      .push("58c9a0d2-1f7e-4a6b-8c11-c0ffee00d00d")
      .pushing("8a3f61d0-3c1b-4a53-a53c-90b3f2a1c7de");
  Story fresh("billing", usual, start + 260h);
  fresh.by("ci", "https://ci.example.org/billing/runs/3").push("0.1.0");
  return {fresh.told(), firmware.told(), mobile.told(), search.told(), web_shop()};
}

std::vector<PagePipeline> many() {
  std::vector<PagePipeline> pages;
  for (int i = 0; i < 30; ++i) {
    Story story("service-" + std::string(i % 7 == 3 ? "with-quite-a-long-name-for-a-release-" : "") +
                    std::to_string(i),
                usual, start + std::chrono::hours(i));
    for (int step = 0; step < 2 + i % 5; ++step) {
      const std::string version = "1." + std::to_string(step) + "." + std::to_string(i);
      story.by("ci", "https://ci.example.org/runs/" + std::to_string(step)).push(version);
      if (step < 1 + i % 4) story.promote(version, 1);
      if (step < i % 3) story.by("alice").promote(version, 2);
      story.wait(24h);
    }
    pages.push_back(story.told());
  }
  return pages;
}

std::vector<PagePipeline> hostile() {
  const std::string script = "<script>document.title='owned'</script>";
  const std::string attribute = "\"'><img src=x onerror=alert(1)>";
  Story story(script, {"qa" + attribute, std::string(200, 'w'), "\xd7\xa8\xd7\xa9\xd7\xaf\xe2\x80\xaeright"});
  story.by(attribute, "javascript:alert(1)")
      .note(script + "\n</style></details>&amp;&#60;\x1b[31m")
      .push(attribute);
  story.by(script, "https://user:secret@example.org/")
      .promote(attribute, 1)
      .gate({.gate = script, .passed = false, .detail = attribute});
  story.by("data", "data:text/html," + script)
      .promote(attribute, 2)
      .by(std::string(300, 'm'))
      .push(std::string(200, '9'));
  story.by("ok", "HTTPS://ci.example.org/a?b=\"c\"&d=<e>").note("\xff\xfe not UTF-8").rollback(attribute, 1);
  auto told = story.told();
  told.fault = script;
  return {told};
}

}  // namespace

int main(int count, char** arguments) {
  const std::string which = count == 2 ? arguments[1] : "";
  PageContent content{.title = "Releases", .made = start + 300h, .pipelines = {}};
  if (which == "one") {
    content.pipelines = {web_shop()};
  } else if (which == "example") {
    content.pipelines = example();
  } else if (which == "many") {
    content.pipelines = many();
  } else if (which == "hostile") {
    content.title = "</title><script>document.title='owned'</script>";
    content.pipelines = hostile();
  } else if (which != "none") {
    std::cerr << "usage: release_page_probe one|example|many|hostile|none\n";
    return 2;
  }
  std::cout << render_page(content);
}
