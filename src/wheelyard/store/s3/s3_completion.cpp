#include "wheelyard/store/s3/s3_completion.hpp"

#include <algorithm>
#include <thread>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/store/conditions.hpp"
#include "wheelyard/store/s3/s3_attributes.hpp"
#include "wheelyard/store/s3/s3_checksum.hpp"
#include "wheelyard/store/s3/s3_conditional.hpp"
#include "wheelyard/store/s3/s3_read.hpp"
#include "wheelyard/store/s3/s3_text.hpp"

namespace wheelyard::store::s3 {
namespace {

constexpr int attempts = 4;

class Completing {
 public:
  Completing(Client& client, Completion what)
      : client_(client), what_(std::move(what)), mode_(what_.options.mode) {
    call_ = {.doing = "complete the upload to",
             .permission = "s3:PutObject",
             .method = "POST",
             .key = what_.key,
             .query = {{"uploadId", what_.id}},
             .retry_on_conflict = true};
    check_parts();
    call_.headers.set("content-type", "application/xml");
    set_vendor_headers(call_, what_.options.vendor, HeaderUse::part, client_, Misplaced::leave_out);
    set_condition(call_, mode_);
    // MinIO does not take the checksum of no bytes.
    bool any_bytes = std::ranges::any_of(what_.parts, [](const Part& part) { return part.size > 0; });
    if (auto whole = what_.combined && any_bytes ? combined_checksum(what_.parts) : std::nullopt) {
      call_.headers.set(checksum_header(whole->algorithm), to_base64(whole->value));
      call_.headers.set("x-amz-checksum-type", "FULL_OBJECT");
    }
    call_.body = bytes_source(document());
  }

  PutResult run() {
    bool may_have_acted = false;
    for (int attempt = 1;; ++attempt) {
      try {
        Answer answer = client_.send(call_);
        may_have_acted |= answer.may_have_acted;
        const int status = answer.error ? answer.error->status : 0;
        if (!answer.error) {
          XmlNode document = client_.read_document(answer, call_, "CompleteMultipartUploadResult");
          if (!answer.error) return accept(document);
        }
        if (status == 0 && is_passing(*answer.error) && attempt < attempts) {
          // The work failed after the 200 was on its way.
          std::this_thread::sleep_for(std::chrono::milliseconds(100 << attempt));
          may_have_acted = true;
          continue;
        }
        return resolve(*answer.error, may_have_acted || status == 0);
      } catch (const http::TransportError& error) {
        if (!error.may_have_acted() && !may_have_acted) throw;
        return look(error);
      } catch (const Error& error) {
        // The answer began and broke off.
        if (error.code() != ErrorCode::unavailable || looking_) throw;
        return look(error);
      }
    }
  }

 private:
  std::string target() const { return client_.describe(what_.key); }

  void check_parts() {
    auto refuse = [&](std::string reason) {
      throw Error(ErrorCode::invalid_argument, call_.doing, target(), std::move(reason));
    };
    std::ranges::sort(what_.parts, {}, &Part::number);
    if (what_.parts.empty()) refuse("it has no parts: an empty object has one, of no bytes");
    if (std::ranges::adjacent_find(what_.parts, {}, &Part::number) != what_.parts.end())
      refuse("a part is named twice");
  }

  std::string document() const {
    std::string text = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
    for (const Part& part : what_.parts) {
      text += "<Part><PartNumber>" + std::to_string(part.number) + "</PartNumber><ETag>" +
              xml_escape(quote_etag(part.etag)) + "</ETag>";
      if (part.checksum) {
        std::string element = checksum_element(part.checksum->algorithm);
        text += "<" + element + ">" + to_base64(part.checksum->value) + "</" + element + ">";
      }
      text += "</Part>";
    }
    return text + "</CompleteMultipartUpload>";
  }

  PutResult accept(const XmlNode& document) const {
    PutResult result{.etag = unquote_etag(document.child_text("ETag")), .checksum = read_checksum(document)};
    if (result.etag.empty()) throw incomplete_answer(target(), "holds no ETag");
    return result;
  }

  PutResult resolve(const ServerError& error, bool may_have_acted) {
    const Error told = client_.error_for(error, call_);
    bool upload_gone = error.code == "NoSuchUpload";
    bool gone = is_absence(told) && !upload_gone;
    bool lost = error.status == 412 || error.code == "ConditionalRequestConflict" ||
                error.code == "PreconditionFailed" || (mode_.kind == PutMode::Kind::update && gone);
    if (!lost && error.status == 501 && mode_.kind != PutMode::Kind::overwrite) {
      throw Error(ErrorCode::unsupported,
                  {.doing = call_.doing,
                   .target = target(),
                   .reason = "the server has no conditional writes of uploads in parts",
                   .hint = "write it in one piece, or leave the condition out",
                   .http_status = error.status,
                   .server_code = error.code,
                   .request_id = error.request_id});
    }
    // Somebody who asks for a completion twice finds the upload gone the second time.
    const Error failure = lost ? lost_race(error, mode_, target(), "upload it again") : told;
    if (may_have_acted || upload_gone) return look(failure);
    throw Error(failure);
  }

  /// What is there now decides; where it is not what was meant, `failure` is what is told.
  PutResult look(const Error& failure) {
    looking_ = true;
    ObjectInfo info;
    try {
      VendorHeaders vendor;
      for (const auto& [name, value] : what_.options.vendor) {
        if (is_for_reading(name)) vendor.emplace(name, value);
      }
      info = head_object(client_, what_.key, vendor);
    } catch (const Error& error) {
      if (is_absence(error))
        throw mode_.kind == PutMode::Kind::update ? changed_error("replace", target()) : failure;
      throw unknown_outcome(failure);
    }
    if (is_ours(info)) return {.etag = info.etag, .checksum = first(info.checksums)};
    if (mode_.kind == PutMode::Kind::create) throw taken_error(target());
    if (mode_.kind == PutMode::Kind::update && info.etag != mode_.etag)
      throw changed_error("replace", target());
    throw failure;
  }

  static std::optional<ObjectChecksum> first(const std::vector<ObjectChecksum>& checksums) {
    return checksums.empty() ? std::nullopt : std::optional(checksums.front());
  }

  bool is_ours(const ObjectInfo& info) const {
    if (multipart_etag(what_.parts) == info.etag) return true;
    std::uint64_t size = 0;
    for (const Part& part : what_.parts) size += part.size;
    if (size != info.size) return false;
    // A CRC alone is no proof against another's bytes: the number of parts has to fit as well.
    if (!info.etag.ends_with("-" + std::to_string(what_.parts.size()))) return false;
    return std::ranges::any_of(info.checksums, [&](const ObjectChecksum& kept) {
      auto own = kept.parts == 0 ? combined_checksum(what_.parts) : composite_checksum(what_.parts);
      return own && own->algorithm == kept.algorithm && own->parts == kept.parts && own->value == kept.value;
    });
  }

  Client& client_;
  Completion what_;
  const PutMode mode_;
  Call call_;
  bool looking_ = false;
};

}  // namespace

PutResult complete_upload(Client& client, Completion completion) {
  return Completing(client, std::move(completion)).run();
}

}  // namespace wheelyard::store::s3
