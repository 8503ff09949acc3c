#include "wheelyard/store/s3/s3_bucket.hpp"

#include "wheelyard/base/xml.hpp"

namespace wheelyard::store::s3 {
namespace {

constexpr std::uint64_t drained = 64 * 1024;
constexpr std::string_view home_region = "us-east-1";
/// Pages of a listing before the server is taken to be broken: ten million buckets.
constexpr int most_pages = 10'000;

Error as(ErrorCode code, const Error& error, std::string reason, std::string hint) {
  Error::Details details = error.details();
  details.reason = std::move(reason);
  details.hint = std::move(hint);
  return Error(code, std::move(details));
}

}  // namespace

void make_bucket(Client& client) {
  Call call{.doing = "make the bucket",
            .permission = "s3:CreateBucket",
            .method = "PUT",
            .host = Address::Host::plain};
  const std::string& region = client.address().region();
  if (!region.empty() && region != home_region) {
    call.body = bytes_source(
        "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
        "<LocationConstraint>" +
        xml_escape(region) + "</LocationConstraint></CreateBucketConfiguration>");
    call.headers.set("content-type", "application/xml");
  }
  Answer answer = client.send(call);
  if (!answer.error) {
    answer.response.read_body(drained);
    return;
  }
  const Error error = client.error_for(*answer.error, call);
  const std::string& code = answer.error->code;
  if (code == "BucketAlreadyOwnedByYou") {
    // The answer to an earlier attempt may have been lost.
    if (answer.may_have_acted) return;
    throw as(ErrorCode::already_exists, error, "it is there already, and yours", "");
  }
  if (code == "BucketAlreadyExists") {
    throw as(ErrorCode::already_exists, error, "the name is taken",
             "choose another: names are shared by all accounts of the service");
  }
  throw Error(error);
}

void remove_bucket(Client& client) {
  Call call{.doing = "remove the bucket",
            .permission = "s3:DeleteBucket",
            .method = "DELETE",
            .host = Address::Host::plain};
  Answer answer = client.send(call);
  if (!answer.error) {
    answer.response.read_body(drained);
    return;
  }
  if (answer.error->code == "NoSuchBucket" && answer.may_have_acted) return;
  const Error error = client.error_for(*answer.error, call);
  if (answer.error->code == "BucketNotEmpty") {
    throw as(ErrorCode::precondition_failed, error, "it is not empty",
             "remove its objects first, and with versioning their old versions too");
  }
  throw Error(error);
}

bool bucket_exists(Client& client) {
  Call call{.doing = "look for the bucket", .permission = "s3:ListBucket", .method = "HEAD"};
  Answer answer = client.send(call);
  if (!answer.error) return true;
  // An answer to HEAD does not say why: the listing of one key does.
  call.method = "GET";
  call.query = {{"list-type", "2"}, {"max-keys", "1"}};
  answer = client.send(call);
  if (!answer.error) {
    client.read_document(answer, call, "ListBucketResult");
    if (!answer.error) return true;
  }
  if (answer.error->status == 404 && answer.error->code == "NoSuchBucket") return false;
  throw client.error_for(*answer.error, call);
}

std::string bucket_location(Client& client) {
  Call call{
      .doing = "ask for the region of", .permission = "s3:GetBucketLocation", .query = {{"location", ""}}};
  Answer answer = client.require(call);
  XmlNode document = client.read_document(answer, call, "LocationConstraint");
  if (answer.error) throw client.error_for(*answer.error, call);
  if (document.text.empty()) return std::string(home_region);
  return document.text == "EU" ? "eu-west-1" : document.text;
}

std::vector<BucketInfo> list_buckets(Client& client) {
  std::vector<BucketInfo> buckets;
  std::string token;
  for (int page = 0; page < most_pages; ++page) {
    Call call{.doing = "list the buckets at", .permission = "s3:ListAllMyBuckets"};
    if (!token.empty()) call.query.emplace_back("continuation-token", token);
    Answer answer = client.require(call);
    XmlNode document = client.read_document(answer, call, "ListAllMyBucketsResult");
    if (answer.error) throw client.error_for(*answer.error, call);
    if (const XmlNode* list = document.child("Buckets")) {
      for (const XmlNode& node : list->children) {
        if (node.name != "Bucket") continue;
        BucketInfo info{.name = std::string(node.child_text("Name"))};
        if (auto created = parse_rfc3339(node.child_text("CreationDate"))) info.created = *created;
        buckets.push_back(std::move(info));
      }
    }
    std::string next(document.child_text("ContinuationToken"));
    if (next.empty()) return buckets;
    if (next == token) break;
    token = std::move(next);
  }
  throw Error(ErrorCode::corrupted, "list the buckets at", client.describe({}),
              "the server's list does not end", "check the endpoint");
}

}  // namespace wheelyard::store::s3
