#include "wheelyard/server/file_answer.hpp"

#include <utility>

#include "wheelyard/index/object_options.hpp"
#include "wheelyard/server/conditional.hpp"

namespace wheelyard::server {
namespace {

Validators validators_of(const store::ObjectInfo& info) {
  Validators validators;
  if (!info.etag.empty()) validators.etag = quote_etag(info.etag);
  if (info.last_modified != TimePoint{}) validators.last_modified = info.last_modified;
  return validators;
}

Reply begin_reply(int status, const store::ObjectInfo& info, const Validators& validators,
                  const std::string& filename) {
  Reply reply;
  reply.status = status;
  reply.headers.add("Content-Type",
                    std::string(filename.ends_with(".metadata") ? index::metadata_content_type
                                                                : "application/octet-stream"));
  // What a store says of an encoding is true of the bytes that it gives.
  if (!info.content_encoding.empty() && info.content_encoding != "identity") {
    reply.headers.add("Content-Encoding", info.content_encoding);
  }
  reply.headers.add("X-Content-Type-Options", "nosniff");
  reply.headers.add("Cache-Control", std::string(index::immutable_cache_control));
  reply.headers.add("Accept-Ranges", "bytes");
  if (!validators.etag.empty()) reply.headers.add("ETag", validators.etag);
  if (validators.last_modified) reply.headers.add("Last-Modified", to_http_date(*validators.last_modified));
  return reply;
}

}  // namespace

Reply answer_file(const Request& request, store::ObjectStore& store, const std::string& key,
                  const std::string& filename) {
  const bool needs_look =
      request.is_head() || has_conditions(request) || request.headers.find("Range") != nullptr;
  if (!needs_look) {
    store::GetResult got = store.get(key);
    Reply reply = begin_reply(200, got.info, validators_of(got.info), filename);
    reply.stream = std::move(got.body);
    reply.length = got.length;
    return reply;
  }

  const store::ObjectInfo info = store.head(key);
  const Validators validators = validators_of(info);
  if (const int status = check_conditions(request, validators); status != 0) {
    return begin_reply(status, info, validators, filename);
  }
  const RangeChoice range = choose_range(request, validators, info.size);
  if (range.kind == RangeChoice::Kind::unsatisfiable) {
    Reply reply = Reply::text(416, "The range lies outside of the file.\n");
    reply.headers.add("Content-Range", "bytes */" + std::to_string(info.size));
    return reply;
  }
  const bool is_part = range.kind == RangeChoice::Kind::part;
  Reply reply = begin_reply(is_part ? 206 : 200, info, validators, filename);
  reply.length = range.length;
  if (is_part) {
    reply.headers.add("Content-Range", "bytes " + std::to_string(range.offset) + "-" +
                                           std::to_string(range.offset + range.length - 1) + "/" +
                                           std::to_string(info.size));
  }
  if (request.is_head()) return reply;

  // The object that was looked at, or none: the headers above speak of it.
  store::GetOptions options;
  options.if_match = info.etag;
  if (is_part) options.range = store::ByteRange{range.offset, range.length};
  store::GetResult got = store.get(key, options);
  if (got.length != range.length) {
    throw Error(ErrorCode::corrupted, "read", store.describe(key),
                "the store gave " + std::to_string(got.length) + " bytes where " +
                    std::to_string(range.length) + " were asked for");
  }
  reply.stream = std::move(got.body);
  return reply;
}

}  // namespace wheelyard::server
