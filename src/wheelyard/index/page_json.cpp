#include "wheelyard/index/page_json.hpp"

#include "wheelyard/base/error.hpp"
#include "wheelyard/index/json_text.hpp"

namespace wheelyard::index {
namespace {

constexpr std::string_view state_key = "_wheelyard";

std::string_view to_string(Withdrawal::State state) {
  switch (state) {
    case Withdrawal::State::deleting:
      return "deleting";
    case Withdrawal::State::withdrawn:
      return "withdrawn";
    case Withdrawal::State::damaged:
      break;
  }
  return "damaged";
}

void append_kept(std::string& out, JsonValue key, JsonValue value) {
  out += ',';
  key.append_to(out);
  out += ':';
  value.append_to(out);
}

/// Calls `member(key, value)` for each member of an object in JSON text that we keep for somebody else.
template <typename Member>
void each_kept(std::string_view json, std::string_view of, Member member) {
  if (json.empty()) return;
  auto document = JsonDocument::parse(json, of);
  auto root = document.root();
  if (!root.is(JsonValue::Kind::object)) {
    throw Error(ErrorCode::invalid_argument, "write", std::string(of), "extra_json is no JSON object");
  }
  for (auto key = root.first(); !(key == root.end()); key = key.next().next()) member(key, key.next());
}

/// The members that were kept of a page: each text is empty or ",name:value…", to be put before a closing
/// brace.
struct KeptMembers {
  std::string top, meta, state;

  KeptMembers(std::string_view json, std::string_view of) {
    each_kept(json, of, [&](JsonValue key, JsonValue value) {
      bool to_meta = key.text() == "meta" && value.is(JsonValue::Kind::object);
      bool to_state = key.text() == state_key && value.is(JsonValue::Kind::object);
      if (!to_meta && !to_state) return append_kept(top, key, value);
      auto& into = to_meta ? meta : state;
      for (auto at = value.first(); !(at == value.end()); at = at.next().next())
        append_kept(into, at, at.next());
    });
  }
};

void append_member(std::string& out, std::string_view name, std::string_view value) {
  out += ",\"";
  out += name;
  out += "\":";
  append_json_string(out, value);
}

void append_strings(std::string& out, const std::vector<std::string>& strings) {
  out += '[';
  bool first = true;
  for (const auto& text : strings) {
    if (!first) out += ',';
    first = false;
    append_json_string(out, text);
  }
  out += ']';
}

void append_hashes(std::string& out, const std::map<std::string, std::string>& hashes) {
  out += '{';
  bool first = true;
  for (const auto& [algorithm, value] : hashes) {
    if (!first) out += ',';
    first = false;
    append_json_string(out, algorithm);
    out += ':';
    append_json_string(out, value);
  }
  out += '}';
}

void append_file(std::string& out, const FileEntry& file) {
  out += "{\"filename\":";
  append_json_string(out, file.filename);
  append_member(out, "url", file.url);
  out += ",\"hashes\":";
  append_hashes(out, file.hashes);
  if (file.size) out += ",\"size\":" + std::to_string(*file.size);
  if (file.upload_time) append_member(out, "upload-time", to_rfc3339(*file.upload_time));
  if (!file.requires_python.empty()) append_member(out, "requires-python", file.requires_python);
  if (file.yanked && !file.yanked_reason.empty()) {
    append_member(out, "yanked", file.yanked_reason);
  } else {
    out += file.yanked ? ",\"yanked\":true" : ",\"yanked\":false";
  }
  std::string metadata = file.has_metadata ? "true" : "false";
  if (file.has_metadata && !file.metadata_sha256.empty()) {
    metadata.clear();
    append_hashes(metadata, {{"sha256", file.metadata_sha256}});
  }
  // Never under its older name, dist-info-metadata: pip 22.3 to 23.0 end in a TypeError on an object there
  // (PEP 714).
  out += ",\"core-metadata\":" + metadata;
  if (file.gpg_sig) out += *file.gpg_sig ? ",\"gpg-sig\":true" : ",\"gpg-sig\":false";
  each_kept(file.extra_json, file.filename,
            [&](JsonValue key, JsonValue value) { append_kept(out, key, value); });
  out += '}';
}

void append_withdrawn(std::string& out, const ProjectPage& page) {
  out += '{';
  bool first = true;
  for (const auto& [filename, withdrawal] : page.withdrawn) {
    if (!first) out += ',';
    first = false;
    append_json_string(out, filename);
    out += ":{\"state\":";
    append_json_string(out, to_string(withdrawal.state));
    append_member(out, "at", to_rfc3339(withdrawal.at));
    append_member(out, "sha256", withdrawal.sha256);
    if (!withdrawal.key.empty()) append_member(out, "key", withdrawal.key);
    out += '}';
  }
  out += '}';
}

}  // namespace

std::string to_json(const ProjectPage& page, bool with_state) {
  KeptMembers kept(page.extra_json, page.name);
  std::string out;
  out.reserve(512 + page.files.size() * 640);
  out += "{\"meta\":{\"api-version\":\"1.4\"" + kept.meta + "},\"name\":";
  append_json_string(out, page.name);
  if (!page.status.empty()) {
    out += ",\"project-status\":{\"status\":";
    append_json_string(out, page.status);
    if (!page.status_reason.empty()) append_member(out, "reason", page.status_reason);
    out += '}';
  }
  out += ",\"versions\":";
  append_strings(out, page.versions());
  out += ",\"files\":[";
  for (std::size_t i = 0; i < page.files.size(); ++i) {
    out += i == 0 ? "\n" : ",\n";
    append_file(out, page.files[i]);
  }
  out += "\n]" + kept.top;
  if (with_state) {
    out += ",\"_wheelyard\":{\"serial\":" + std::to_string(page.serial);
    out += page.in_root ? ",\"in-root\":true" : ",\"in-root\":false";
    if (!page.withdrawn.empty()) {
      out += ",\"withdrawn\":";
      append_withdrawn(out, page);
    }
    out += kept.state + '}';
  }
  out += "}\n";
  return out;
}

std::string to_json(const RootPage& page, bool with_state) {
  KeptMembers kept(page.extra_json, "the root index");
  std::string out;
  out.reserve(256 + page.projects.size() * 40);
  out += "{\"meta\":{\"api-version\":\"1.4\"" + kept.meta + "},\"projects\":[";
  for (std::size_t i = 0; i < page.projects.size(); ++i) {
    out += i == 0 ? "\n{\"name\":" : ",\n{\"name\":";
    append_json_string(out, page.projects[i]);
    out += '}';
  }
  out += "\n]" + kept.top;
  if (with_state) {
    out += ",\"_wheelyard\":{\"serial\":" + std::to_string(page.serial);
    if (!page.legacy.empty()) {
      out += ",\"legacy\":{";
      bool first = true;
      for (const auto& [project, keys] : page.legacy) {
        if (!first) out += ',';
        first = false;
        append_json_string(out, project);
        out += ':';
        append_strings(out, keys);
      }
      out += '}';
    }
    out += kept.state + '}';
  }
  out += "}\n";
  return out;
}

}  // namespace wheelyard::index
