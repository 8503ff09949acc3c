#pragma once

#include <optional>
#include <string>
#include <vector>

#include "wheelyard/cli/option_set.hpp"
#include "wheelyard/store/object_types.hpp"

namespace wheelyard::cli {

/// "k=v" in two. Throws UsageError naming `option`.
std::pair<std::string, std::string> metadata_pair(const std::string& text, const std::string& option);

/// The attributes that a written object is given, as every verb that writes objects has them.
class ObjectHeaders {
 public:
  void declare(OptionSet& options);
  /// "--content-type": the first that was given; "" for none.
  std::string first_given() const;
  /// Throws UsageError for metadata that is no pair.
  store::PutOptions put() const;

  // As they were given; an empty text is not the same as none.
  std::optional<std::string> content_type;
  std::optional<std::string> cache_control;
  std::optional<std::string> content_disposition;
  std::optional<std::string> content_encoding;
  std::optional<std::string> content_language;
  std::optional<std::string> expires;

 private:
  std::vector<std::string> metadata_;
  std::string acl_;
  std::string storage_class_;
  std::string tagging_;
  std::string encryption_;
  std::string kms_key_;
  std::string redirect_;
  std::string checksum_;
};

}  // namespace wheelyard::cli
