#include "wheelyard/store/s3/s3_delete.hpp"

#include <algorithm>
#include <exception>
#include <vector>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/text.hpp"
#include "wheelyard/base/xml.hpp"

namespace wheelyard::store::s3 {
namespace {

constexpr std::size_t batch_size = 1000;
constexpr std::uint64_t drained = 64 * 1024;

/// Keeps the first error and goes on.
class FirstError {
 public:
  template <typename Action>
  void guard(const Action& action) {
    try {
      action();
    } catch (const Error&) {
      if (!first_) first_ = std::current_exception();
    }
  }
  void rethrow() const {
    if (first_) std::rethrow_exception(first_);
  }

 private:
  std::exception_ptr first_;
};

/// XML has no way to write most control characters, and readers change line ends.
bool fits_xml(const std::string& key) {
  return std::ranges::all_of(key, [](unsigned char c) { return c >= 0x20 && c != 0x7f; });
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
  for (const std::string& key : keys) document += "<Object><Key>" + xml_escape(key) + "</Key></Object>";
  return document + "</Delete>";
}

/// Removes a batch; returns what has to be tried one by one.
std::vector<std::string> delete_batch(Client& client, std::span<const std::string> keys, FirstError& errors) {
  std::string document = document_for(keys);
  Call call{.doing = "remove objects from", .permission = "s3:DeleteObject", .method = "POST"};
  call.query.emplace_back("delete", "");
  call.headers.set("content-md5", to_base64(digest(DigestAlgorithm::md5, document)));
  call.headers.set("content-type", "application/xml");
  call.body = bytes_source(std::move(document));
  Answer answer = client.send(call);
  if (answer.error && (answer.error->status == 501 || answer.error->status == 405))
    return {keys.begin(), keys.end()};
  if (answer.error) throw client.error_for(*answer.error, call);
  XmlNode result = client.read_document(answer, call, "DeleteResult");
  if (answer.error) throw client.error_for(*answer.error, call);
  std::vector<std::string> again;
  for (const XmlNode& node : result.children) {
    if (node.name != "Error" || node.child_text("Code") == "NoSuchKey") continue;
    std::string key(node.child_text("Key"));
    if (is_passing(key_error(node)) && std::ranges::find(keys, key) != keys.end()) {
      again.push_back(std::move(key));
    } else {
      errors.guard([&] {
        throw client.error_for(key_error(node),
                               {.doing = "remove", .permission = call.permission, .key = key});
      });
    }
  }
  return again;
}

}  // namespace

void delete_object(Client& client, const std::string& key) {
  Call call{.doing = "remove", .permission = "s3:DeleteObject", .method = "DELETE", .key = key};
  Answer answer = client.send(call);
  if (!answer.error) {
    answer.response.read_body(drained);
    return;
  }
  const ErrorCode code = client.error_for(*answer.error, call).code();
  if (code == ErrorCode::not_found && answer.error->code != "NoSuchBucket") return;
  throw client.error_for(*answer.error, call);
}

void delete_objects(Client& client, std::span<const std::string> keys) {
  std::vector<std::string> together;
  std::vector<std::string> singly;
  for (const std::string& key : keys) (fits_xml(key) ? together : singly).push_back(key);
  if (together.size() == 1) singly.push_back(std::move(together.front())), together.clear();
  FirstError errors;
  for (std::size_t begin = 0; begin < together.size(); begin += batch_size) {
    auto batch = std::span(together).subspan(begin, std::min(batch_size, together.size() - begin));
    errors.guard([&] {
      // What the server could not do for one key, it is asked for again: it answers with the reason then.
      std::ranges::move(delete_batch(client, batch, errors), std::back_inserter(singly));
    });
  }
  for (const std::string& key : singly) errors.guard([&] { delete_object(client, key); });
  errors.rethrow();
}

}  // namespace wheelyard::store::s3
