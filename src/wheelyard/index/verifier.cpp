#include "wheelyard/index/verifier.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <tuple>

#include "wheelyard/base/worker_pool.hpp"
#include "wheelyard/index/announcement_board.hpp"
#include "wheelyard/index/page_html.hpp"
#include "wheelyard/index/project_check.hpp"
#include "wheelyard/index/promotion_mend.hpp"
#include "wheelyard/index/take_over.hpp"
#include "wheelyard/package/name.hpp"

namespace wheelyard::index {

namespace {

/// A project that is changed all the time is looked at this often; then what was found last is told.
constexpr int most_looks = 5;

}  // namespace

bool VerifyReport::clean() const {
  return std::all_of(problems.begin(), problems.end(),
                     [](const Problem& problem) { return problem.state == Problem::State::repaired; });
}

std::size_t Findings::add(std::string kind, std::string project, std::string item, std::string detail,
                          std::string action) {
  const std::lock_guard lock(mutex_);
  const auto state =
      request_.repair && request_.dry_run ? Problem::State::would_repair : Problem::State::found;
  report_.problems.push_back(
      {std::move(kind), std::move(project), std::move(item), std::move(detail), state, std::move(action)});
  return report_.problems.size() - 1;
}

void Findings::add_lasting(std::string kind, std::string project, std::string item, std::string detail,
                           std::string action) {
  const std::lock_guard lock(mutex_);
  report_.problems.push_back({std::move(kind), std::move(project), std::move(item), std::move(detail),
                              Problem::State::cannot_repair, std::move(action)});
}

void Findings::repaired(std::size_t problem) {
  const std::lock_guard lock(mutex_);
  report_.problems[problem].state = Problem::State::repaired;
}

void Findings::failed(std::size_t problem, const std::string& why) {
  const std::lock_guard lock(mutex_);
  report_.problems[problem].state = Problem::State::cannot_repair;
  report_.problems[problem].action += "; it failed: " + why;
}

void Findings::count_project() {
  const std::lock_guard lock(mutex_);
  ++report_.projects;
}

void Findings::count_file() {
  const std::lock_guard lock(mutex_);
  ++report_.files;
}

void Findings::count_bytes(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  report_.bytes_read += bytes;
}

bool Findings::any_problem() const {
  const std::lock_guard lock(mutex_);
  return !report_.problems.empty();
}

void Findings::add_all(VerifyReport other) {
  const std::lock_guard lock(mutex_);
  report_.projects += other.projects;
  report_.files += other.files;
  report_.bytes_read += other.bytes_read;
  std::ranges::move(other.problems, std::back_inserter(report_.problems));
}

VerifyReport Findings::take() {
  const std::lock_guard lock(mutex_);
  std::stable_sort(report_.problems.begin(), report_.problems.end(), [](const Problem& a, const Problem& b) {
    return std::tie(a.project, a.item) < std::tie(b.project, b.item);
  });
  return std::move(report_);
}

std::string judge_html(store::ObjectStore& store, const std::string& key, std::uint64_t serial,
                       const std::string& expected) {
  const auto html = store::find_bytes(store, key, max_page_bytes);
  if (!html) return "html_missing";
  if (html->bytes == expected) return "";
  const auto made_from = html_serial(html->bytes);
  return !made_from || *made_from < serial ? "html_older" : "html_differs";
}

std::string keep_damaged(const PageStore& pages, const std::string& name, const std::string& bytes,
                         TimePoint at) {
  auto stamp = to_rfc3339(at);
  std::erase_if(stamp, [](char c) { return c == ':' || c == '-' || c == '.'; });
  const auto key = pages.layout().damaged() + name + "-" + stamp + ".json";
  pages.store().put(key, bytes_source(bytes));
  return key;
}

Verifier::Verifier(const PageStore& pages, const VerifyRequest& request, const RepositoryOptions& options)
    : pages_(pages), request_(request), options_(options), editor_(pages, request.acl), findings_(request) {}

VerifyReport Verifier::run() {
  std::vector<std::string> names;
  for (const auto& name : request_.projects) {
    if (!package::is_valid_name(name)) {
      throw Error(ErrorCode::invalid_argument, "verify", "'" + name + "'", "it is no project's name",
                  "'wheelyard list' shows the projects");
    }
    names.push_back(package::normalize_name(name));
  }
  if (findings_.repairs()) pages_.store().sweep();
  check_promotions();
  const bool all = names.empty();
  std::string unreadable;
  if (all) {
    std::optional<Stored<RootPage>> root;
    try {
      root = pages_.find_root();
    } catch (const Error& error) {
      if (error.code() != ErrorCode::corrupted) throw;
      unreadable = error.what();
    }
    names = projects(root ? &root->page : nullptr);
  }
  if (!unreadable.empty()) mend_unreadable_root(unreadable);
  std::vector<char> has_files(names.size());
  parallel_for(names.size(), request_.workers, [&](std::size_t i) {
    has_files[i] = check_project(names[i], !all);
    if (request_.progress)
      request_.progress({ProgressEvent::Kind::advanced, names[i], "checked", i + 1, names.size()});
  });
  if (all && (unreadable.empty() || findings_.repairs())) check_root(names, has_files);
  return findings_.take();
}

void Verifier::check_promotions() {
  const PromotionMender mender(pages_, options_, request_.acl);
  for (const auto& key : mender.log().keys()) {
    const auto place = pages_.store().describe(key);
    try {
      const auto stored = mender.log().find(key);
      if (!stored) continue;
      const auto problem =
          findings_.add("promotion", "", place, describe(stored->record), remedy(stored->record));
      if (!findings_.repairs()) continue;
      if (mender.mend(key) == PromotionMender::Outcome::alive) {
        findings_.failed(problem, "it is under way; look again when it has ended");
      } else {
        findings_.repaired(problem);
      }
    } catch (const Error& error) {
      if (error.code() != ErrorCode::corrupted) throw;
      const auto problem = findings_.add("stranger", "", place, error.what(), "delete it");
      if (!findings_.repairs()) continue;
      pages_.store().remove(key);
      findings_.repaired(problem);
    }
  }
}

bool Verifier::check_project(const std::string& name, bool must_exist) {
  for (int look = 1;; ++look) {
    Findings found(request_);
    ProjectCheck check(editor_, found, name, options_, must_exist);
    const bool has_files = check.run();
    // What differs because somebody changed the project meanwhile is no problem. A repair looks for itself,
    // in each of its swaps.
    const bool may_be_stale = found.any_problem() && !found.repairs() && look < most_looks;
    if (may_be_stale && check.page_has_moved_on()) continue;
    found.count_project();
    findings_.add_all(found.take());
    return has_files;
  }
}

std::vector<std::string> Verifier::projects(const RootPage* root) const {
  // What lies there counts, whatever the root says.
  const auto census = take_census(pages_);
  std::set<std::string> names(census.projects.begin(), census.projects.end());
  if (root != nullptr) names.insert(root->projects.begin(), root->projects.end());
  for (const auto& name : AnnouncementBoard(pages_.store(), pages_.layout()).projects()) {
    if (package::is_normalized_name(name)) names.insert(name);
  }
  return {names.begin(), names.end()};
}

void Verifier::check_root(const std::vector<std::string>& names, const std::vector<char>& has_files) {
  auto stored = pages_.find_root();
  if (!stored && names.empty()) return;
  if (!stored) {
    const auto problem = findings_.add("root_missing", "", "index.json", "there is no index of the projects",
                                       "make it from what the bucket holds");
    if (!findings_.repairs()) return;
    editor_.join_root(names.front());
    findings_.repaired(problem);
    stored = pages_.find_root();
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto& name = names[i];
    const bool named = std::binary_search(stored->page.projects.begin(), stored->page.projects.end(), name);
    if (named == static_cast<bool>(has_files[i])) continue;
    const auto problem =
        has_files[i]
            ? findings_.add("root_lacks", "", name, "the index of the projects does not name it", "add it")
            : findings_.add("root_extra", "", name, "the index of the projects names it, and it has no files",
                            "drop it");
    if (!findings_.repairs()) continue;
    has_files[i] ? static_cast<void>(editor_.join_root(name)) : editor_.leave_root(name);
    findings_.repaired(problem);
  }
  if (findings_.repairs()) stored = pages_.find_root();
  if (stored) check_root_html(stored->page);
}

void Verifier::check_root_html(const RootPage& root) {
  const auto judged = judge_html(pages_.store(), pages_.layout().root_html(), root.serial, to_html(root));
  if (judged.empty()) return;
  const auto problem = findings_.add(
      judged, "", "index.html", "the HTML index of the projects is not that of index.json", "write it anew");
  if (!findings_.repairs()) return;
  editor_.touch_root();
  findings_.repaired(problem);
}

void Verifier::mend_unreadable_root(const std::string& why) {
  const auto problem = findings_.add("unreadable", "", "index.json", why,
                                     "keep a copy and make it anew from what the bucket holds");
  if (!findings_.repairs()) return;
  const auto key = pages_.layout().root_json();
  const auto damaged = store::get_bytes(pages_.store(), key, max_page_bytes);
  keep_damaged(pages_, "root", damaged.bytes, options_.clock());
  Stored<RootPage> fresh{take_census(pages_), damaged.info.etag};
  if (auto html = store::find_bytes(pages_.store(), pages_.layout().root_html(), max_page_bytes)) {
    fresh.page.serial = html_serial(html->bytes).value_or(0) + 1;
  }
  if (!pages_.swap(fresh, request_.acl)) {
    findings_.failed(problem, "somebody else changed it at the same moment");
    return;
  }
  findings_.repaired(problem);
}

}  // namespace wheelyard::index
