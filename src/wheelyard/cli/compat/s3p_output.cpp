#include "wheelyard/cli/compat/s3p_output.hpp"

#include "wheelyard/base/text.hpp"
#include "wheelyard/cli/compat/argparse_text.hpp"
#include "wheelyard/cli/detail/json.hpp"
#include "wheelyard/cli/error_output.hpp"
#include "wheelyard/cli/report_json.hpp"
#include "wheelyard/cli/verb.hpp"

namespace wheelyard::cli::compat {

std::string md5_of(std::string_view etag) {
  constexpr std::size_t digits = 32;
  const bool is_digest =
      etag.size() == digits && etag.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  return is_digest ? std::string(etag) : "";
}

int S3pOutput::promoted(const std::string& name, const std::string& version, const std::string& rank,
                        const std::string& digest) {
  output_.line(key_value("success", "promoted " + name + " to " + rank));
  return step("promoted", {{"name", name}, {"version", version}, {"rank", rank}, {"digest", digest}});
}

int S3pOutput::already(const std::string& name, const std::string& version, const std::string& rank) {
  output_.line(key_value("warning", name + " version " + version + " already in " + rank + " rank"));
  return step("already", {{"name", name}, {"version", version}, {"rank", rank}});
}

int S3pOutput::downloaded(const std::string& name, const std::string& version, const std::string& rank,
                          const std::string& path) {
  output_.line(key_value("success", "downloaded " + name + " from " + rank + " to " + path));
  return step("downloaded", {{"name", name}, {"version", version}, {"rank", rank}, {"path", path}});
}

int S3pOutput::step(std::string_view outcome, const Record& members) {
  if (output_.json()) {
    Record document{{"outcome", std::string(outcome)}};
    document.insert(document.end(), members.begin(), members.end());
    output_.document(text_json(document));
  }
  return exit_success;
}

int S3pOutput::versions(const RankVersions& versions) {
  for (const auto& [rank, version] : versions) output_.line(key_value(rank, version));
  if (output_.json()) output_.document(text_json(versions));
  return exit_success;
}

int S3pOutput::records(const std::vector<Record>& records) {
  for (const auto& record : records) {
    std::vector<std::string> parts;
    for (const auto& [key, value] : record) parts.push_back(key_value(key, value));
    output_.line(join(parts, " "));
  }
  if (output_.json()) {
    auto document = detail::Json::array();
    for (const auto& record : records) {
      auto members = detail::Json::object();
      for (const auto& [key, value] : record) members[key] = value;
      document.push_back(std::move(members));
    }
    output_.document(detail::document_text(document));
  }
  return exit_success;
}

int S3pOutput::refuse(std::string_view message, std::string_view hint, const Error& error) {
  if (output_.json()) {
    print_error(output_, error);
  } else {
    print_error_line(message, hint);
  }
  return exit_usage;
}

int S3pOutput::fail(const Error& error) {
  output_.progress("");
  if (output_.json()) {
    print_error(output_, error);
  } else {
    print_error_line(error.what(), error.hint());
  }
  return exit_failure;
}

void S3pOutput::note(std::string_view text) {
  output_.note(printable(text));
}

void S3pOutput::print_error_line(std::string_view message, std::string_view hint) {
  output_.line(key_value("error", message));
  if (!hint.empty()) output_.diagnostic(output_.paint_err(Style::dim, "hint:") + "  " + printable(hint));
}

}  // namespace wheelyard::cli::compat
