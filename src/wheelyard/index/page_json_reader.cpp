#include <algorithm>
#include <unordered_set>

#include "wheelyard/base/error.hpp"
#include "wheelyard/base/text.hpp"
#include "wheelyard/index/json_text.hpp"
#include "wheelyard/index/page_json.hpp"
#include "wheelyard/index/page_links.hpp"
#include "wheelyard/package/name.hpp"

namespace wheelyard::index {
namespace {

using Kind = JsonValue::Kind;

/// Objects have a dozen members, which is quickest to search one by one; a hostile one may have a million.
class DistinctNames {
 public:
  bool add(std::string_view name) {
    if (std::find(few_.begin(), few_.end(), name) != few_.end()) return false;
    if (few_.size() == 24) return many_.insert(name).second;
    few_.push_back(name);
    return true;
  }

 private:
  std::vector<std::string_view> few_;
  std::unordered_set<std::string_view> many_;
};

/// Walks a page and knows where it is, for messages: `files[3] (acme-1.0.tar.gz): "size" is no whole number`.
class PageReader {
 public:
  PageReader(std::string_view text, std::string_view what)
      : what_(what), document_(JsonDocument::parse(text, what)) {}

  JsonValue root() const {
    require(document_.root().is(Kind::object), "it is no JSON object");
    return document_.root();
  }

  /// Calls `member(name, value)` for each member; a name that comes twice is an error.
  template <typename Member>
  void each_member(JsonValue object, Member member) {
    DistinctNames names;
    for (auto key = object.first(); !(key == object.end());) {
      auto value = key.next();
      auto name = key.text();
      require(names.add(name), name, "stands there twice");
      member(name, value);
      key = value.next();
    }
  }
  template <typename Element>
  void each_element(JsonValue array, Element element) {
    for (auto at = array.first(); !(at == array.end()); at = at.next()) element(at);
  }

  JsonValue object(std::string_view name, JsonValue value) const {
    return of_kind(name, value, Kind::object, "object");
  }
  JsonValue array(std::string_view name, JsonValue value) const {
    return of_kind(name, value, Kind::array, "array");
  }
  std::string string(std::string_view name, JsonValue value) const {
    return std::string(of_kind(name, value, Kind::string, "string").text());
  }
  bool boolean(std::string_view name, JsonValue value) const {
    return of_kind(name, value, Kind::boolean, "true or false").boolean();
  }
  std::uint64_t whole_number(std::string_view name, JsonValue value) const {
    return of_kind(name, value, Kind::unsigned_integer, "whole number").unsigned_integer();
  }
  TimePoint time(std::string_view name, JsonValue value) const {
    auto parsed = parse_rfc3339(string(name, value));
    require(parsed.has_value(), name, "is no time as RFC 3339 writes it");
    return *parsed;
  }

  void require(bool holds, std::string_view problem) const {
    if (!holds) fail(std::string(problem));
  }
  void require(bool holds, std::string_view name, std::string_view problem) const {
    if (!holds) fail('"' + std::string(name.substr(0, 200)) + "\" " + std::string(problem));
  }

  std::string where;  ///< "files[3]", for messages

 private:
  JsonValue of_kind(std::string_view name, JsonValue value, Kind wanted, std::string_view called) const {
    if (!value.is(wanted)) require(false, name, "is no " + std::string(called));
    return value;
  }
  [[noreturn]] void fail(const std::string& problem) const {
    throw Error(ErrorCode::corrupted, "read", what_, where.empty() ? problem : where + ": " + problem);
  }

  std::string what_;
  JsonDocument document_;
};

/// Unknown members, as they will be written again.
class Kept {
 public:
  void add(std::string_view name, JsonValue value) {
    text_ += text_.empty() ? '{' : ',';
    append_json_string(text_, name);
    text_ += ':';
    value.append_to(text_);
  }
  void add(std::string_view name, Kept members) {
    if (members.text_.empty()) return;
    text_ += text_.empty() ? '{' : ',';
    append_json_string(text_, name);
    text_ += ':' + std::move(members).object();
  }
  std::string object() && { return text_.empty() ? std::string() : std::move(text_) + '}'; }

 private:
  std::string text_;
};

std::string lower_hex(const PageReader& reader, std::string_view name, std::string_view written) {
  std::string digits = to_lower(written);
  reader.require(std::all_of(digits.begin(), digits.end(), is_hex_digit), name, "is no hexadecimal digest");
  bool whole = !digits.empty() && digits.size() <= 512 && (name != "sha256" || digits.size() == 64);
  reader.require(whole, name, "is a digest of a wrong length");
  return digits;
}

std::map<std::string, std::string> read_hashes(PageReader& reader, JsonValue object) {
  std::map<std::string, std::string> hashes;
  reader.each_member(object, [&](std::string_view algorithm, JsonValue value) {
    hashes[std::string(algorithm)] = lower_hex(reader, algorithm, reader.string(algorithm, value));
  });
  return hashes;
}

struct CoreMetadata {
  bool has = false;
  std::string sha256;
};

CoreMetadata read_core_metadata(PageReader& reader, std::string_view name, JsonValue value) {
  if (value.is(Kind::null)) return {};
  if (value.is(Kind::boolean)) return {value.boolean(), {}};
  auto hashes = read_hashes(reader, reader.object(name, value));
  auto sha256 = hashes.find("sha256");
  return {true, sha256 == hashes.end() ? std::string() : sha256->second};
}

void read_yanked(const PageReader& reader, JsonValue value, FileEntry& file) {
  if (value.is(Kind::null)) return;
  if (value.is(Kind::string)) {
    file.yanked_reason = value.text();
    file.yanked = !file.yanked_reason.empty();
  } else {
    file.yanked = reader.boolean("yanked", value);
  }
}

FileEntry read_file_entry(PageReader& reader, JsonValue object) {
  reader.require(object.is(Kind::object), "it is no object");
  FileEntry file;
  Kept kept;
  std::optional<CoreMetadata> metadata;
  bool has_hashes = false;
  reader.each_member(object, [&](std::string_view name, JsonValue value) {
    if (name == "filename") {
      file.filename = reader.string(name, value);
      reader.require(is_safe_filename(file.filename), name, "is no file name");
      reader.where += " (" + file.filename + ")";
    } else if (name == "url") {
      file.url = reader.string(name, value);
      reader.require(is_link_url(file.url), name, "is no URL that a page may link to");
    } else if (name == "hashes") {
      file.hashes = read_hashes(reader, reader.object(name, value));
      has_hashes = true;
    } else if (name == "size") {
      if (!value.is(Kind::null)) file.size = reader.whole_number(name, value);
    } else if (name == "upload-time") {
      if (!value.is(Kind::null)) file.upload_time = reader.time(name, value);
    } else if (name == "requires-python") {
      if (!value.is(Kind::null)) file.requires_python = reader.string(name, value);
    } else if (name == "yanked") {
      read_yanked(reader, value, file);
    } else if (name == "core-metadata" || name == "dist-info-metadata") {
      auto read = read_core_metadata(reader, name, value);
      if (!metadata || name == "core-metadata") metadata = std::move(read);
    } else if (name == "gpg-sig") {
      if (!value.is(Kind::null)) file.gpg_sig = reader.boolean(name, value);
    } else {
      kept.add(name, value);
    }
  });
  reader.require(!file.filename.empty(), "filename", "is missing");
  reader.require(!file.url.empty(), "url", "is missing");
  reader.require(has_hashes, "hashes", "is missing");
  if (metadata) {
    file.has_metadata = metadata->has;
    file.metadata_sha256 = std::move(metadata->sha256);
  }
  file.extra_json = std::move(kept).object();
  return file;
}

bool is_relative_key(std::string_view key) {
  if (key.ends_with('/')) key.remove_suffix(1);
  for (;;) {
    std::size_t slash = key.find('/');
    if (!is_safe_filename(key.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    key.remove_prefix(slash + 1);
  }
}

std::map<std::string, Withdrawal> read_withdrawn(PageReader& reader, JsonValue object) {
  std::map<std::string, Withdrawal> withdrawn;
  reader.each_member(object, [&](std::string_view filename, JsonValue value) {
    reader.require(is_safe_filename(filename), filename, "is no file name");
    Withdrawal& withdrawal = withdrawn[std::string(filename)];
    bool has_state = false;
    reader.each_member(reader.object(filename, value), [&](std::string_view name, JsonValue member) {
      if (name == "state") {
        std::string state = reader.string(name, member);
        has_state = true;
        if (state == "deleting") {
          withdrawal.state = Withdrawal::State::deleting;
        } else if (state == "withdrawn") {
          withdrawal.state = Withdrawal::State::withdrawn;
        } else {
          reader.require(state == "damaged", name, "is no state that this version knows");
          withdrawal.state = Withdrawal::State::damaged;
        }
      } else if (name == "at") {
        withdrawal.at = reader.time(name, member);
      } else if (name == "sha256") {
        std::string digits = reader.string(name, member);
        withdrawal.sha256 = digits.empty() ? digits : lower_hex(reader, name, digits);
      } else if (name == "key") {
        withdrawal.key = reader.string(name, member);
        reader.require(is_relative_key(withdrawal.key), name, "is no key");
      }
    });
    reader.require(has_state, filename, "has no \"state\"");
  });
  return withdrawn;
}

/// "meta": its api-version must be one that we understand (PEP 629), the rest is kept.
Kept read_meta(PageReader& reader, JsonValue object, std::string_view what) {
  Kept kept;
  std::string version;
  reader.each_member(object, [&](std::string_view name, JsonValue value) {
    if (name == "api-version") {
      version = reader.string(name, value);
    } else {
      kept.add(name, value);
    }
  });
  reader.require(!version.empty(), "api-version", "is missing in \"meta\"");
  if (!version.starts_with("1.")) {
    throw Error(
        ErrorCode::unsupported, "read", std::string(what),
        "it is of version " + version.substr(0, 20) + " of the simple API, and 1 is what this program reads",
        "upgrade wheelyard");
  }
  return kept;
}

std::string read_project_name(const PageReader& reader, std::string_view member, JsonValue value) {
  std::string name = reader.string(member, value);
  reader.require(package::is_valid_name(name), member, "is no project name");
  return package::normalize_name(name);
}

void check_distinct(const PageReader& reader, const std::vector<FileEntry>& files) {
  std::unordered_set<std::string_view> names;
  names.reserve(files.size());
  for (const auto& file : files) {
    reader.require(names.insert(file.filename).second, file.filename, "is listed twice");
  }
}

}  // namespace

ProjectPage project_from_json(std::string_view text, std::string_view what) {
  PageReader reader(text, what);
  ProjectPage page;
  Kept kept, kept_meta, kept_state;
  bool has_meta = false, has_files = false;
  reader.each_member(reader.root(), [&](std::string_view name, JsonValue value) {
    if (name == "meta") {
      kept_meta = read_meta(reader, reader.object(name, value), what);
      has_meta = true;
    } else if (name == "name") {
      page.name = read_project_name(reader, name, value);
    } else if (name == "files") {
      has_files = true;
      reader.each_element(reader.array(name, value), [&](JsonValue file) {
        reader.where = "files[" + std::to_string(page.files.size()) + "]";
        page.files.push_back(read_file_entry(reader, file));
      });
      reader.where.clear();
    } else if (name == "versions") {
      reader.each_element(reader.array(name, value),
                          [&](JsonValue version) { reader.string(name, version); });
    } else if (name == "project-status") {
      reader.each_member(reader.object(name, value), [&](std::string_view member, JsonValue of_status) {
        if (member == "status") page.status = reader.string(member, of_status);
        if (member == "reason") page.status_reason = reader.string(member, of_status);
      });
    } else if (name == "_wheelyard") {
      reader.each_member(reader.object(name, value), [&](std::string_view member, JsonValue of_state) {
        if (member == "serial") {
          page.serial = reader.whole_number(member, of_state);
        } else if (member == "in-root") {
          page.in_root = reader.boolean(member, of_state);
        } else if (member == "withdrawn") {
          page.withdrawn = read_withdrawn(reader, reader.object(member, of_state));
        } else {
          kept_state.add(member, of_state);
        }
      });
    } else {
      kept.add(name, value);
    }
  });
  reader.require(has_meta, "meta", "is missing");
  reader.require(!page.name.empty(), "name", "is missing");
  reader.require(has_files, "files", "is missing");
  check_distinct(reader, page.files);
  kept.add("meta", std::move(kept_meta));
  kept.add("_wheelyard", std::move(kept_state));
  page.extra_json = std::move(kept).object();
  return page;
}

RootPage root_from_json(std::string_view text, std::string_view what) {
  PageReader reader(text, what);
  RootPage page;
  Kept kept, kept_meta, kept_state;
  bool has_meta = false, has_projects = false;
  reader.each_member(reader.root(), [&](std::string_view name, JsonValue value) {
    if (name == "meta") {
      kept_meta = read_meta(reader, reader.object(name, value), what);
      has_meta = true;
    } else if (name == "projects") {
      has_projects = true;
      reader.each_element(reader.array(name, value), [&](JsonValue project) {
        reader.where = "projects[" + std::to_string(page.projects.size()) + "]";
        reader.require(project.is(Kind::object), "it is no object");
        std::string called;
        reader.each_member(project, [&](std::string_view member, JsonValue of_project) {
          if (member == "name") called = read_project_name(reader, member, of_project);
        });
        reader.require(!called.empty(), "name", "is missing");
        page.projects.push_back(std::move(called));
      });
      reader.where.clear();
    } else if (name == "_wheelyard") {
      reader.each_member(reader.object(name, value), [&](std::string_view member, JsonValue of_state) {
        if (member == "serial") {
          page.serial = reader.whole_number(member, of_state);
        } else if (member == "legacy") {
          reader.each_member(reader.object(member, of_state), [&](std::string_view project, JsonValue keys) {
            reader.require(package::is_normalized_name(project), project, "is no normalised project name");
            auto& list = page.legacy[std::string(project)];
            reader.each_element(reader.array(project, keys), [&](JsonValue key) {
              list.push_back(reader.string(project, key));
              reader.require(is_relative_key(list.back()), project,
                             "lists what is no key within a repository");
            });
          });
        } else {
          kept_state.add(member, of_state);
        }
      });
    } else {
      kept.add(name, value);
    }
  });
  reader.require(has_meta, "meta", "is missing");
  reader.require(has_projects, "projects", "is missing");
  std::sort(page.projects.begin(), page.projects.end());
  page.projects.erase(std::unique(page.projects.begin(), page.projects.end()), page.projects.end());
  kept.add("meta", std::move(kept_meta));
  kept.add("_wheelyard", std::move(kept_state));
  page.extra_json = std::move(kept).object();
  return page;
}

}  // namespace wheelyard::index
