#include "wheelyard/store/s3/s3_store.hpp"

#include "wheelyard/base/text.hpp"
#include "wheelyard/store/s3/s3_attributes.hpp"
#include "wheelyard/store/s3/s3_bucket.hpp"
#include "wheelyard/store/s3/s3_client.hpp"
#include "wheelyard/store/s3/s3_copy.hpp"
#include "wheelyard/store/s3/s3_delete.hpp"
#include "wheelyard/store/s3/s3_list.hpp"
#include "wheelyard/store/s3/s3_parted_upload.hpp"
#include "wheelyard/store/s3/s3_put.hpp"
#include "wheelyard/store/s3/s3_read.hpp"

namespace wheelyard::store {
namespace {

using namespace s3;

class S3Store : public ObjectStore, public CopySource {
 public:
  explicit S3Store(S3Options options) : client_(std::make_shared<Client>(std::move(options))) {}

  PutResult put(const std::string& key, const SourcePtr& body, const PutOptions& options) override {
    check_key(key);
    return put_object(*client_, key, body, options);
  }

  GetResult get(const std::string& key, const GetOptions& options) override {
    check_key(key);
    return get_object(*client_, key, options);
  }

  ObjectInfo head(const std::string& key, const VendorHeaders& vendor) override {
    check_key(key);
    return head_object(*client_, key, vendor);
  }

  std::vector<Part> parts_of(const std::string& key, const std::string& etag,
                             const VendorHeaders& vendor) override {
    check_key(key);
    return object_parts(*client_, key, etag, vendor);
  }

  std::unique_ptr<Lister> list(const ListOptions& options) override { return list_objects(client_, options); }

  void remove(const std::string& key) override {
    check_key(key);
    delete_object(*client_, key);
  }

  std::vector<FailedRemoval> remove_each(std::span<const std::string> keys) override {
    for (const std::string& key : keys) check_key(key);
    return delete_objects(*client_, keys);
  }

  PutResult copy(const std::string& from, const std::string& to, const CopyOptions& options) override {
    check_key(from);
    check_key(to);
    return copy_object(client_, from, to, options);
  }
  PutOptions attributes_of(const ObjectInfo& info) const override {
    PutOptions put = ObjectStore::attributes_of(info);
    put.vendor = s3::writable_headers(info);
    return put;
  }

  bool copies_from(const ObjectStore& source) const override {
    const auto* other = dynamic_cast<const CopySource*>(&source);
    return other != nullptr && can_copy(*client_, other->source_client());
  }
  Client& source_client() const override { return *client_; }

  std::string presign(const std::string& key, const PresignOptions& options) override {
    check_key(key);
    return client_->presign(key, options);
  }

  std::optional<PartLimits> part_limits() const override { return s3::part_limits; }
  std::unique_ptr<PartedUpload> begin_parts(const std::string& key, const PutOptions& options) override {
    check_key(key);
    return begin_upload(client_, key, options);
  }
  std::unique_ptr<PartedUpload> resume_parts(const std::string& key, const std::string& id,
                                             const PutOptions& options) override {
    check_key(key);
    return resume_upload(client_, key, id, options);
  }
  std::vector<UnfinishedUpload> unfinished_uploads(const std::string& prefix) override {
    return list_uploads(*client_, prefix);
  }

  void make_bucket() override { s3::make_bucket(*client_); }
  void remove_bucket() override { s3::remove_bucket(*client_); }
  bool bucket_exists() override { return s3::bucket_exists(*client_); }
  std::string bucket_location() override { return s3::bucket_location(*client_); }

  std::string credential_name() override {
    const auto& options = client_->options();
    return options.anonymous ? "" : options.credentials->get().access_key_id;
  }

  std::string describe(std::string_view key) const override { return client_->describe(key); }

 private:
  /// An empty key would be the bucket itself.
  void check_key(const std::string& key) const {
    constexpr std::size_t longest = 1024;
    if (!key.empty() && key.size() <= longest && key.find('\0') == std::string::npos && is_utf8(key)) return;
    throw Error(ErrorCode::invalid_argument, "use the name", describe(printable(key, 80)),
                "a bucket keeps names of 1 to 1,024 bytes of UTF-8 without NUL");
  }

  std::shared_ptr<Client> client_;
};

}  // namespace

std::shared_ptr<ObjectStore> make_s3_store(S3Options options) {
  return std::make_shared<S3Store>(std::move(options));
}

}  // namespace wheelyard::store
