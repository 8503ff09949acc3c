#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wheelyard/release/pipeline.hpp"

namespace wheelyard::release {

/// What a page shows of one name.
struct PagePipeline {
  NameStatus status;
  std::vector<Entry> entries;  ///< of its history, the latest first
  std::string fault;           ///< why the state or the history could not be read; "" where they could
};

struct PageContent {
  std::string title;
  TimePoint made{};
  std::vector<PagePipeline> pipelines;
};

/// A whole HTML document: every pipeline rank by rank, its history folded away. It has no script, loads
/// nothing from anywhere (its Content-Security-Policy forbids both), and reads well on a phone, in the dark
/// and without style. Whatever comes from a bucket is text in it and never markup.
std::string render_page(const PageContent& content);

/// What every such document begins with: it tells a page that may be written over from what somebody else has
/// put there.
inline constexpr std::string_view page_beginning =
    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"generator\" content=\"wheelyard release page\">\n";

struct PageRequest {
  std::vector<std::string> names;  ///< none: all
  std::size_t entries = 50;        ///< of each history, the latest; 0: all
  std::string title = "Releases";
  /// Where it goes: below the pipeline's prefix, or below `folder`.
  std::string key = "releases.html";
  std::optional<std::filesystem::path> folder;
  std::string acl;  ///< a canned ACL ("public-read"); "": none is sent, which most buckets take for private
  Clock clock = now;
  ProgressSink progress;
};

struct PageReport {
  std::string place;  ///< "s3://bucket/releases.html", "/srv/www/releases.html"
  std::uint64_t size = 0;
  std::size_t names = 0;
  std::size_t entries = 0;
  std::vector<std::string> unreadable;  ///< names whose state or history is broken: the page says so
};

/// Renders the page from what the pipeline holds now, and puts it where the request says, over an older one.
/// Throws Refused for a name that is not there, `invalid_argument` for a key that is a rank's (of the rules,
/// or one that still holds something) or below one, or in the archive; `already_exists` where the store has
/// something at that key that is no such page.
PageReport write_page(Pipeline& pipeline, const PageRequest& request);

}  // namespace wheelyard::release
