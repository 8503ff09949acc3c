#include "wheelyard/store/s3/s3_list_page.hpp"

#include "wheelyard/base/xml_reader.hpp"
#include "wheelyard/store/s3/s3_attributes.hpp"
#include "wheelyard/store/s3/s3_text.hpp"

namespace wheelyard::store::s3 {
namespace {

using Event = XmlReader::Event;

constexpr std::size_t usual_page = 1000;

/// Whether the listing's names are URL-encoded may stand behind them.
bool decode(std::string& name) {
  if (name.find_first_of("%+") == std::string::npos) return true;
  auto plain = listed_name(name, true);
  if (plain) name = std::move(*plain);
  return plain.has_value();
}

/// Up to the end of the element that has just begun.
ObjectInfo read_object(XmlReader& reader, std::string& broken) {
  ObjectInfo info;
  bool sized = false;
  bool dated = false;
  const std::size_t outside = reader.depth() - 1;
  while (true) {
    if (reader.next() == Event::open) continue;
    if (reader.depth() == outside) break;
    if (reader.depth() > outside + 1) continue;
    if (reader.name() == "Key") {
      info.key = reader.text();
    } else if (reader.name() == "ETag") {
      info.etag = unquote_etag(reader.text());
    } else if (reader.name() == "Size") {
      const auto size = parse_number(reader.text());
      sized = size.has_value();
      info.size = size.value_or(0);
    } else if (reader.name() == "LastModified") {
      const auto modified = parse_rfc3339(reader.text());
      dated = modified.has_value();
      if (modified) info.last_modified = *modified;
    } else if (reader.name() == "StorageClass") {
      info.storage_class = storage_class_of(reader.text());
    }
  }
  if (!sized || !dated) broken = "an entry has no proper size or time";
  return info;
}

/// The text of the child `Prefix`.
std::string read_prefix(XmlReader& reader) {
  std::string prefix;
  const std::size_t outside = reader.depth() - 1;
  while (reader.next() == Event::open || reader.depth() > outside) {
    if (reader.name() == "Prefix" && reader.depth() == outside + 1) prefix = reader.text();
  }
  return prefix;
}

}  // namespace

std::optional<ListedPage> parse_list_page(std::string_view document) {
  XmlReader reader(document, "the server's answer");
  if (reader.next() != Event::open || reader.name() != "ListBucketResult") return std::nullopt;
  ListedPage listed;
  listed.page.objects.reserve(usual_page);
  bool encoded = false;
  for (Event event = reader.next(); event != Event::end; event = reader.next()) {
    if (event == Event::open && reader.depth() == 2 && reader.name() == "Contents") {
      listed.page.objects.push_back(read_object(reader, listed.broken));
    } else if (event == Event::open && reader.depth() == 2 && reader.name() == "CommonPrefixes") {
      listed.page.prefixes.push_back(read_prefix(reader));
    } else if (event == Event::close && reader.depth() == 1) {
      if (reader.name() == "EncodingType") encoded = reader.text() == "url";
      if (reader.name() == "IsTruncated") listed.truncated = reader.text() == "true";
      if (reader.name() == "NextContinuationToken") listed.token = reader.text();
    }
  }
  if (encoded) {
    bool proper = true;
    for (ObjectInfo& object : listed.page.objects) proper = decode(object.key) && proper;
    for (std::string& prefix : listed.page.prefixes) proper = decode(prefix) && proper;
    if (!proper) listed.broken = "a key is not encoded as it says";
  }
  return listed;
}

}  // namespace wheelyard::store::s3
