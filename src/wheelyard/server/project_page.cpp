#include "wheelyard/server/project_page.hpp"

#include <algorithm>
#include <utility>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/index/page_html.hpp"
#include "wheelyard/index/page_json.hpp"
#include "wheelyard/server/compression.hpp"
#include "wheelyard/server/route.hpp"

namespace wheelyard::server {
namespace {

std::size_t memory_of(const index::FileEntry& file) {
  std::size_t bytes = sizeof(file) + file.filename.size() + file.url.size() + file.requires_python.size() +
                      file.yanked_reason.size() + file.metadata_sha256.size() + file.extra_json.size();
  for (const auto& [algorithm, digest] : file.hashes) bytes += algorithm.size() + digest.size() + 96;
  return bytes;
}

/// Whether a part of the key, below the prefix, begins with a dot: our own state, or what a folder hides. No
/// page that we write links there; one that somebody else wrote must not open it.
bool is_hidden(std::string_view key, std::string_view prefix) {
  key.remove_prefix(std::min(prefix.size(), key.size()));
  return key.starts_with('.') || key.find("/.") != std::string_view::npos;
}

}  // namespace

PageBodyPtr make_body(std::string bytes, PageFormat format, bool compressed) {
  auto body = std::make_shared<PageBody>();
  body->etag = "\"" + sha256_hex(bytes).substr(0, 24) + "-" + std::to_string(static_cast<int>(format)) +
               (compressed ? "-gz\"" : "\"");
  body->bytes = compressed ? gzip(bytes) : std::move(bytes);
  return body;
}

ServedPage::ServedPage(const index::Repository& repository, const std::string& project,
                       index::ReadProject read)
    : page_(std::move(read.page)),
      origin_etag_(std::move(read.etag)),
      has_json_origin_(read.origin == index::ReadProject::Origin::json) {
  page_.withdrawn.clear();  // no reader of a served page sees it
  page_bytes_ = sizeof(*this) + page_.extra_json.size();
  files_.reserve(page_.files.size());
  for (index::FileEntry& file : page_.files) {
    if (auto key = repository.key_of(project, file); key && !is_hidden(*key, repository.prefix())) {
      file.url = file_reference(project, file.filename);
      page_bytes_ += key->size() + file.filename.size() + 128;
      files_.try_emplace(file.filename, File{std::move(*key), file.has_metadata});
    }
    page_bytes_ += memory_of(file);
  }
}

const ServedPage::File* ServedPage::find(const std::string& filename) const {
  const auto found = files_.find(filename);
  return found == files_.end() ? nullptr : &found->second;
}

PageBodyPtr ServedPage::body(PageFormat format, bool compressed, bool* made) {
  const std::size_t slot = static_cast<std::size_t>(format) * 2 + (compressed ? 1 : 0);
  const std::lock_guard lock(mutex_);
  if (!bodies_[slot]) {
    *made = true;
    std::string bytes = format == PageFormat::json ? index::to_json(page_, false) : index::to_html(page_);
    bodies_[slot] = make_body(std::move(bytes), format, compressed);
  }
  return bodies_[slot];
}

std::size_t ServedPage::bytes() const {
  const std::lock_guard lock(mutex_);
  std::size_t bytes = page_bytes_;
  for (const PageBodyPtr& body : bodies_) {
    if (body) bytes += body->bytes.size();
  }
  return bytes;
}

}  // namespace wheelyard::server
