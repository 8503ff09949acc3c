#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wheelyard/base/clock.hpp"
#include "wheelyard/index/layout.hpp"
#include "wheelyard/store/object_store.hpp"

namespace wheelyard::index {

/// A file that a promotion brings.
struct PromotedEntry {
  std::string project;  ///< normalised
  std::string filename;
  std::uint64_t size = 0;
  std::string sha256;
  std::string metadata_sha256;  ///< "": no `.metadata`
  std::string requires_python;
  bool yanked = false;
  std::string yanked_reason;
  bool there = false;   ///< the target held its bytes before, unlisted: they are not ours to take away
  bool listed = false;  ///< of one that is being undone: this promotion may have listed it
};

/// What a promotion is about to do, written down before it does it (docs/index-protocol.md, "Promoting").
struct PromotionRecord {
  enum class State {
    sending,  ///< bytes are being put, nothing is listed: whoever finds it abandoned takes the bytes away
    listing,  ///< all bytes are there, it is decided: whoever finds it abandoned lists the rest
    undoing,  ///< it failed, and what it brought is being taken away
  };
  State state = State::sending;
  TimePoint begun{};
  std::string from;                  ///< the source, for people
  std::uint64_t beat = 0;            ///< a sign of life: one more with every write
  std::vector<PromotedEntry> files;  ///< in the order of listing, a project's together
};

std::string to_json(const PromotionRecord& record);
/// Throws `corrupted`, naming `what`.
PromotionRecord promotion_from_json(std::string_view text, const std::string& what);

struct StoredPromotion {
  PromotionRecord record;
  std::string etag;
};

/// The records of the promotions into a repository that have not ended. Stateless and thread-safe.
class PromotionLog {
 public:
  PromotionLog(store::ObjectStore& store, const Layout& layout) : store_(store), layout_(layout) {}

  std::vector<std::string> keys() const;
  /// None where it has ended.
  std::optional<StoredPromotion> find(const std::string& key) const;
  /// Under a name of its own: its key.
  std::string create(StoredPromotion& stored, const std::string& acl) const;
  /// False where somebody else has swapped or removed it.
  bool swap(const std::string& key, StoredPromotion& stored, const std::string& acl) const;
  void remove(const std::string& key) const { store_.remove(key); }

  store::ObjectStore& store() const { return store_; }

 private:
  /// Its new ETag.
  std::string put(const std::string& key, const PromotionRecord& record, store::PutMode mode,
                  const std::string& acl) const;

  store::ObjectStore& store_;
  const Layout& layout_;
};

/// A record that this process works on. While it lives, the record shows signs of life; others leave it
/// alone.
class OwnedPromotion {
 public:
  /// `key` and `stored` as PromotionLog gave them; `pulse`: between two signs of life.
  OwnedPromotion(const PromotionLog& log, std::string key, StoredPromotion stored, std::string acl,
                 std::chrono::milliseconds pulse);
  ~OwnedPromotion();
  OwnedPromotion(const OwnedPromotion&) = delete;
  OwnedPromotion& operator=(const OwnedPromotion&) = delete;

  const std::string& key() const;
  /// Writes it in this state. False where somebody took it over: then it is no longer ours to decide.
  bool advance(PromotionRecord::State state, const std::vector<PromotedEntry>& files);
  /// Ends it.
  void remove();

 private:
  struct Work;
  std::unique_ptr<Work> work_;
};

}  // namespace wheelyard::index
