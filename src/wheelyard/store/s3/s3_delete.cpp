#include "wheelyard/store/s3/s3_delete.hpp"

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/text.hpp"
#include "wheelyard/base/xml.hpp"

namespace wheelyard::store::s3 {
namespace {

constexpr std::size_t batch_size = 1000;
constexpr std::uint64_t drained = 64 * 1024;

/// XML has no way to write most control characters, U+FFFE and U+FFFF, or bytes that are not UTF-8; and
/// readers change line ends.
bool fits_xml(const std::string& key) {
  return std::ranges::all_of(key, [](unsigned char c) { return c >= 0x20 && c != 0x7f; }) && is_utf8(key) &&
         key.find("\xEF\xBF\xBE") == std::string::npos && key.find("\xEF\xBF\xBF") == std::string::npos;
}

/// What the document says of one key, as if it had been the answer to a request of its own.
ServerError key_error(const XmlNode& node) {
  ServerError error{.status = 500};
  error.code = printable(node.child_text("Code"), 80);
  error.message = printable(node.child_text("Message"), 300);
  if (error.code == "AccessDenied") error.status = 403;
  return error;
}

std::string document_for(std::span<const std::string> keys) {
  std::string document = "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Quiet>true</Quiet>";
  for (const std::string& key : keys) {
    document += "<Object><Key>";
    document += xml_escape(key);
    document += "</Key></Object>";
  }
  document += "</Delete>";
  return document;
}

/// Removals that are under way: what could not be done, by key.
class Removal {
 public:
  explicit Removal(Client& client) : client_(client) {}

  /// What the server could not do for one key for the moment, it is asked for again, on its own.
  void together(std::span<const std::string> keys) {
    try {
      for (const std::string& key : delete_batch(keys)) one(key);
    } catch (const Error& error) {
      for (const std::string& key : keys) failed_.try_emplace(key, error);
    }
  }

  void one(const std::string& key) {
    try {
      delete_object(client_, key);
    } catch (const Error& error) {
      failed_.try_emplace(key, error);
    }
  }

  std::vector<FailedRemoval> in_order(std::span<const std::string> keys) {
    std::vector<FailedRemoval> list;
    for (const std::string& key : keys) {
      if (auto found = failed_.extract(key)) list.push_back({.key = key, .error = found.mapped()});
    }
    return list;
  }

 private:
  /// Returns what has to be tried one by one.
  std::vector<std::string> delete_batch(std::span<const std::string> keys) {
    std::string document = document_for(keys);
    Call call{.doing = "remove objects from", .permission = "s3:DeleteObject", .method = "POST"};
    call.query.emplace_back("delete", "");
    call.headers.set("content-md5", to_base64(digest(DigestAlgorithm::md5, document)));
    call.headers.set("content-type", "application/xml");
    call.body = bytes_source(std::move(document));
    Answer answer = client_.send(call);
    if (answer.error && (answer.error->status == 501 || answer.error->status == 405))
      return {keys.begin(), keys.end()};
    if (answer.error) throw client_.error_for(*answer.error, call);
    XmlNode result = client_.read_document(answer, call, "DeleteResult");
    if (answer.error) throw client_.error_for(*answer.error, call);
    std::vector<std::string> again;
    for (const XmlNode& node : result.children) {
      if (node.name != "Error" || node.child_text("Code") == "NoSuchKey") continue;
      std::string key(node.child_text("Key"));
      const ServerError error = key_error(node);
      if (std::ranges::find(keys, key) == keys.end()) {
        throw Error(ErrorCode::corrupted, "remove objects from", client_.describe({}),
                    "the server's answer tells of a key that was not named",
                    "check that the endpoint speaks S3, and proxies on the way");
      }
      if (is_passing(error)) {
        again.push_back(std::move(key));
      } else {
        failed_.try_emplace(
            key, client_.error_for(error, {.doing = "remove", .permission = call.permission, .key = key}));
      }
    }
    return again;
  }

  Client& client_;
  std::unordered_map<std::string, Error> failed_;
};

}  // namespace

void delete_object(Client& client, const std::string& key) {
  Call call{.doing = "remove", .permission = "s3:DeleteObject", .method = "DELETE", .key = key};
  Answer answer = client.send(call);
  if (!answer.error) {
    answer.response.read_body(drained);
    return;
  }
  if (Error told = client.error_for(*answer.error, call); !is_absence(told)) throw std::move(told);
}

std::vector<FailedRemoval> delete_objects(Client& client, std::span<const std::string> keys) {
  Removal removal(client);
  std::vector<std::string> singly;
  std::vector<std::string> together;
  together.reserve(std::min(batch_size, keys.size()));
  auto flush = [&] {
    if (together.size() == 1) removal.one(together.front());
    if (together.size() > 1) removal.together(together);
    together.clear();
  };
  for (const std::string& key : keys) {
    if (!fits_xml(key)) {
      singly.push_back(key);
      continue;
    }
    together.push_back(key);
    if (together.size() == batch_size) flush();
  }
  flush();
  for (const std::string& key : singly) removal.one(key);
  return removal.in_order(keys);
}

}  // namespace wheelyard::store::s3
