#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "wheelyard/base/clock.hpp"
#include "wheelyard/release/model.hpp"

namespace wheelyard::release::detail {

/// Members in byte order, so that the same document is always the same text.
using Json = nlohmann::json;

std::string compact(const Json& document);

/// Reads members of a document that anybody may have written. `what` names it in errors (`corrupted`).
class Members {
 public:
  /// Parses the whole text; it has to be an object.
  static Json parse(std::string_view text, std::string_view what);

  Members(const Json& object, std::string_view what);

  std::string text(const char* name) const;           ///< has to be there
  std::string text_or_empty(const char* name) const;  ///< absent or null: ""
  std::uint64_t number(const char* name) const;
  std::uint64_t number_or_zero(const char* name) const;
  bool flag(const char* name) const;  ///< absent: false
  TimePoint time(const char* name) const;
  std::vector<std::string> texts(const char* name) const;  ///< absent: none
  const Json* find(const char* name) const;                ///< null: absent or null
  /// Elements of an array; absent: none.
  std::vector<Members> objects(const char* name) const;
  std::optional<Members> object(const char* name) const;
  /// An object's members, each an object itself.
  std::vector<std::pair<std::string, Members>> map(const char* name) const;

  [[noreturn]] void fail(const char* name, std::string_view expected) const;

 private:
  const Json* object_;
  std::string_view what_;
};

Json to_json(const Reference& reference);
Reference reference_from(const Members& members);
Json to_json(const Caller& caller);
Caller caller_from(const Members& members);
Json to_json(const Approval& approval);
Approval approval_from(const Members& members);

}  // namespace wheelyard::release::detail
