#include "wheelyard/index/promotion_record.hpp"

#include <array>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/stop_flag.hpp"
#include "wheelyard/index/json_text.hpp"
#include "wheelyard/index/page_links.hpp"
#include "wheelyard/package/name.hpp"
#include "wheelyard/store/swap_rounds.hpp"

namespace wheelyard::index {

namespace {

/// A record of 100,000 files takes about 40 MiB.
constexpr std::uint64_t max_record_bytes = 64u << 20;
constexpr std::string_view version_word = "1";
constexpr std::size_t sha256_digits = 64;

constexpr std::array state_words = {
    std::pair{PromotionRecord::State::sending, std::string_view("sending")},
    std::pair{PromotionRecord::State::listing, std::string_view("listing")},
    std::pair{PromotionRecord::State::undoing, std::string_view("undoing")},
};

void add_member(std::string& out, std::string_view name, std::string_view text) {
  out += out.ends_with('{') ? "\"" : ",\"";
  out += name;
  out += "\":";
  append_json_string(out, text);
}

void add_flag(std::string& out, std::string_view name, bool value) {
  if (value) out += ",\"" + std::string(name) + "\":true";
}

/// Reads one record, naming what is wrong with it.
class RecordReader {
 public:
  explicit RecordReader(const std::string& what) : what_(what) {}

  PromotionRecord read(JsonValue root) const {
    PromotionRecord record;
    bool known_version = false;
    bool known_state = false;
    each_member(root, [&](std::string_view name, JsonValue value) {
      if (name == "version")
        known_version = value.is(JsonValue::Kind::string) && value.text() == version_word;
      if (name == "state") {
        for (const auto& [state, word] : state_words) {
          if (text(value) != word) continue;
          record.state = state;
          known_state = true;
        }
      }
      if (name == "begun") record.begun = parse_rfc3339(text(value)).value_or(TimePoint{});
      if (name == "from") record.from = text(value);
      if (name == "beat") record.beat = number(value);
      if (name == "files") {
        if (!value.is(JsonValue::Kind::array)) fail("its files are no list");
        for (auto at = value.first(); at != value.end(); at = at.next()) record.files.push_back(file(at));
      }
    });
    if (!known_version) fail("it is of another version of the format");
    if (!known_state) fail("it names no state");
    return record;
  }

 private:
  [[noreturn]] void fail(const std::string& reason) const {
    throw Error(ErrorCode::corrupted, "read", what_, reason,
                "if no promotion into this repository is under way, 'wheelyard verify --repair' drops it");
  }

  template <typename Take>
  void each_member(JsonValue object, const Take& take) const {
    if (!object.is(JsonValue::Kind::object)) fail("it is no object");
    for (auto at = object.first(); at != object.end();) {
      const auto value = at.next();
      take(at.text(), value);
      at = value.next();
    }
  }
  std::string text(JsonValue value) const {
    if (!value.is(JsonValue::Kind::string)) fail("a member that is text is none");
    return std::string(value.text());
  }
  std::uint64_t number(JsonValue value) const {
    if (!value.is(JsonValue::Kind::unsigned_integer)) fail("a member that is a number is none");
    return value.unsigned_integer();
  }
  std::string digest(JsonValue value) const {
    auto hex = text(value);
    if (hex.size() != sha256_digits || hex.find_first_not_of("0123456789abcdef") != std::string::npos)
      fail("a digest is none");
    return hex;
  }

  PromotedEntry file(JsonValue object) const {
    PromotedEntry entry;
    each_member(object, [&](std::string_view name, JsonValue value) {
      if (name == "project") entry.project = text(value);
      if (name == "filename") entry.filename = text(value);
      if (name == "size") entry.size = number(value);
      if (name == "sha256") entry.sha256 = digest(value);
      if (name == "metadata-sha256") entry.metadata_sha256 = digest(value);
      if (name == "requires-python") entry.requires_python = text(value);
      if (name == "yanked") {
        entry.yanked = true;
        entry.yanked_reason = text(value);
      }
      if (name == "there") entry.there = value.is(JsonValue::Kind::boolean) && value.boolean();
      if (name == "listed") entry.listed = value.is(JsonValue::Kind::boolean) && value.boolean();
    });
    // What it names is listed, and deleted: nothing outside of projects' folders.
    if (!package::is_normalized_name(entry.project) || !is_safe_filename(entry.filename) ||
        entry.sha256.empty())
      fail("a file of it has no project, name or digest");
    return entry;
  }

  const std::string& what_;
};

}  // namespace

std::string to_json(const PromotionRecord& record) {
  std::string out = "{";
  add_member(out, "version", version_word);
  for (const auto& [state, word] : state_words) {
    if (state == record.state) add_member(out, "state", word);
  }
  add_member(out, "begun", to_rfc3339(record.begun));
  add_member(out, "from", record.from);
  out += ",\"beat\":" + std::to_string(record.beat) + ",\"files\":[";
  for (const auto& file : record.files) {
    out += &file == record.files.data() ? "\n{" : ",\n{";
    add_member(out, "project", file.project);
    add_member(out, "filename", file.filename);
    out += ",\"size\":" + std::to_string(file.size);
    add_member(out, "sha256", file.sha256);
    if (!file.metadata_sha256.empty()) add_member(out, "metadata-sha256", file.metadata_sha256);
    add_member(out, "requires-python", file.requires_python);
    if (file.yanked) add_member(out, "yanked", file.yanked_reason);
    add_flag(out, "there", file.there);
    add_flag(out, "listed", file.listed);
    out += "}";
  }
  return out + "\n]}\n";
}

PromotionRecord promotion_from_json(std::string_view text, const std::string& what) {
  const auto document = JsonDocument::parse(text, what);
  return RecordReader(what).read(document.root());
}

std::vector<std::string> PromotionLog::keys() const {
  std::vector<std::string> keys;
  for (const auto& object : store::list_all(store_, layout_.promotions())) keys.push_back(object.key);
  return keys;
}

std::optional<StoredPromotion> PromotionLog::find(const std::string& key) const {
  const auto object = store::find_bytes(store_, key, max_record_bytes);
  if (!object) return std::nullopt;
  return StoredPromotion{promotion_from_json(object->bytes, store_.describe(key)), object->info.etag};
}

std::string PromotionLog::create(StoredPromotion& stored, const std::string& acl) const {
  auto stamp = to_rfc3339(stored.record.begun);
  std::erase_if(stamp, [](char c) { return c == ':' || c == '-' || c == '.'; });
  constexpr std::size_t name_bytes = 8;
  const auto key = layout_.promotions() + stamp + "-" + to_hex(random_bytes(name_bytes)) + ".json";
  stored.etag = put(key, stored.record, store::PutMode::create(), acl);
  return key;
}

bool PromotionLog::swap(const std::string& key, StoredPromotion& stored, const std::string& acl) const {
  auto next = stored.record;
  ++next.beat;
  try {
    stored.etag = put(key, next, store::PutMode::update(stored.etag), acl);
    stored.record = std::move(next);
    return true;
  } catch (const Error& error) {
    if (!store::is_lost_race(error)) throw;
    return false;
  }
}

std::string PromotionLog::put(const std::string& key, const PromotionRecord& record, store::PutMode mode,
                              const std::string& acl) const {
  store::PutOptions options;
  options.mode = std::move(mode);
  options.content_type = "application/json";
  options.acl = acl;
  return store_.put(key, bytes_source(to_json(record)), options).etag;
}

struct OwnedPromotion::Work {
  const PromotionLog& log;
  const std::string key;
  StoredPromotion stored;
  const std::string acl;
  std::mutex mutex;  ///< held while the record is written
  std::condition_variable_any wake;
  bool lost = false;
  std::jthread thread;
};

OwnedPromotion::OwnedPromotion(const PromotionLog& log, std::string key, StoredPromotion stored,
                               std::string acl, std::chrono::milliseconds pulse)
    : work_(new Work{.log = log,
                     .key = std::move(key),
                     .stored = std::move(stored),
                     .acl = std::move(acl),
                     .mutex = {},
                     .wake = {},
                     .lost = false,
                     .thread = {}}) {
  work_->thread =
      std::jthread([work = work_.get(), pulse, flag = current_stop_flag()](const std::stop_token& stop) {
        const StopScope scope(flag);
        std::unique_lock lock(work->mutex);
        while (!work->wake.wait_for(lock, stop, pulse, [&] { return work->lost; })) {
          if (stop.stop_requested()) return;
          try {
            work->lost = !work->log.swap(work->key, work->stored, work->acl);
          } catch (...) {
            // A sign of life that was not seen: the next one may be. What decides is `advance`.
          }
        }
      });
}

OwnedPromotion::~OwnedPromotion() {
  work_->thread.request_stop();
  work_->wake.notify_all();
}

const std::string& OwnedPromotion::key() const {
  return work_->key;
}

bool OwnedPromotion::advance(PromotionRecord::State state, const std::vector<PromotedEntry>& files) {
  const std::lock_guard lock(work_->mutex);
  if (work_->lost) return false;
  auto next = work_->stored;
  next.record.state = state;
  next.record.files = files;
  if (!work_->log.swap(work_->key, next, work_->acl)) {
    work_->lost = true;
    return false;
  }
  work_->stored = std::move(next);
  return true;
}

void OwnedPromotion::remove() {
  const std::lock_guard lock(work_->mutex);
  work_->lost = true;
  work_->log.remove(work_->key);
}

}  // namespace wheelyard::index
