#include "wheelyard/index/announcement_board.hpp"

#include "wheelyard/index/page_links.hpp"

namespace wheelyard::index {

namespace {

// Requires-Python of any real file takes less than a hundredth of this.
constexpr std::uint64_t max_body_bytes = 1u << 20;

}  // namespace

void AnnouncementBoard::post(const Announcement& announcement, const std::string& acl) const {
  auto object = format_announcement(layout_.prefix(), announcement);
  store::PutOptions options;
  options.acl = acl;
  store_.put(object.key, bytes_source(std::move(object.body)), options);
}

std::vector<Posted> AnnouncementBoard::list(const std::string& project,
                                            std::vector<std::string>* strangers) const {
  std::vector<Posted> posted;
  auto lister = store_.list({.prefix = announcements_prefix(layout_.prefix(), project)});
  while (auto page = lister->next()) {
    for (const auto& object : page->objects) {
      const auto parsed = parse_announcement(layout_.prefix(), object.key);
      if (!parsed) {
        if (strangers != nullptr) strangers->push_back(object.key);
        continue;
      }
      Posted one{parsed->announcement, object.key, object.last_modified};
      if (parsed->body_needed()) {
        // Whoever took it in may have deleted it since the listing.
        const auto body = store::find_bytes(store_, object.key, max_body_bytes);
        if (!body) continue;
        one.announcement = read_announcement_body(*parsed, body->bytes, store_.describe(object.key));
      }
      posted.push_back(std::move(one));
    }
  }
  return posted;
}

std::vector<std::string> AnnouncementBoard::projects() const {
  const auto prefix = announcements_prefix(layout_.prefix());
  std::vector<std::string> names;
  auto lister = store_.list({.prefix = prefix, .delimiter = "/"});
  while (auto page = lister->next()) {
    for (const auto& folder : page->prefixes) {
      names.push_back(folder.substr(prefix.size(), folder.size() - prefix.size() - 1));
    }
  }
  return names;
}

void AnnouncementBoard::remove(const std::vector<Posted>& posted) const {
  std::vector<std::string> keys;
  for (const auto& one : posted) keys.push_back(one.key);
  if (!keys.empty()) store_.remove_many(keys);
}

FileEntry entry_of(const Posted& posted) {
  const auto& announced = posted.announcement;
  FileEntry entry;
  entry.filename = announced.filename;
  entry.url = file_url(announced.filename);
  entry.hashes["sha256"] = announced.sha256;
  entry.size = announced.size;
  entry.upload_time = posted.at;
  entry.requires_python = announced.requires_python;
  entry.has_metadata = announced.has_metadata;
  entry.metadata_sha256 = announced.metadata_sha256;
  return entry;
}

}  // namespace wheelyard::index
