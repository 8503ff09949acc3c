#include "wheelyard/store/s3/s3_list.hpp"

#include <algorithm>

#include "wheelyard/base/xml.hpp"
#include "wheelyard/store/s3/s3_attributes.hpp"
#include "wheelyard/store/s3/s3_text.hpp"

namespace wheelyard::store::s3 {
namespace {

constexpr std::uint32_t largest_page = 1000;
/// Empty pages that say "there is more" before the server is taken to be broken.
constexpr int most_empty_pages = 100;

class S3Lister : public Lister {
 public:
  S3Lister(std::shared_ptr<Client> client, ListOptions options)
      : client_(std::move(client)), options_(std::move(options)) {}

  std::optional<ListPage> next() override {
    for (int empty = 0; !done_; ++empty) {
      ListPage page = fetch();
      if (!page.objects.empty() || !page.prefixes.empty()) return page;
      if (empty == most_empty_pages) throw broken("it gives empty pages without end");
    }
    return std::nullopt;
  }

 private:
  ListPage fetch() {
    Call call{.doing = "list the objects under", .permission = "s3:ListBucket", .method = "GET"};
    set_vendor_headers(call, options_.vendor, HeaderUse::list, *client_);
    // In the order of their names, as they are signed.
    if (!token_.empty()) call.query.emplace_back("continuation-token", token_);
    if (!options_.delimiter.empty()) call.query.emplace_back("delimiter", options_.delimiter);
    call.query.emplace_back("encoding-type", "url");
    call.query.emplace_back("list-type", "2");
    call.query.emplace_back("max-keys", std::to_string(std::clamp(options_.page_size, 1u, largest_page)));
    if (!options_.prefix.empty()) call.query.emplace_back("prefix", options_.prefix);
    if (token_.empty() && !options_.start_after.empty())
      call.query.emplace_back("start-after", options_.start_after);
    Answer answer = client_->require(call);
    XmlNode document = client_->read_document(answer, call, "ListBucketResult");
    if (answer.error) throw client_->error_for(*answer.error, call);
    return take(document);
  }

  ListPage take(const XmlNode& document) {
    bool encoded = document.child_text("EncodingType") == "url";
    ListPage page;
    for (const XmlNode& node : document.children) {
      if (node.name == "Contents") page.objects.push_back(object(node, encoded));
      if (node.name == "CommonPrefixes") page.prefixes.push_back(name(node.child_text("Prefix"), encoded));
    }
    done_ = document.child_text("IsTruncated") != "true";
    if (!done_) {
      std::string token(document.child_text("NextContinuationToken"));
      if (token.empty() || token == token_)
        throw broken("it says that there is more, and not where to go on");
      token_ = std::move(token);
    }
    return page;
  }

  ObjectInfo object(const XmlNode& node, bool encoded) const {
    ObjectInfo info{.key = name(node.child_text("Key"), encoded),
                    .etag = unquote_etag(node.child_text("ETag"))};
    auto size = parse_number(node.child_text("Size"));
    auto modified = parse_rfc3339(node.child_text("LastModified"));
    if (!size || !modified) throw broken("an entry has no proper size or time");
    info.size = *size;
    info.last_modified = *modified;
    info.storage_class = storage_class_of(node.child_text("StorageClass"));
    return info;
  }

  std::string name(std::string_view text, bool encoded) const {
    auto key = listed_name(text, encoded);
    if (!key) throw broken("a key is not encoded as it says");
    if (key->empty() || !key->starts_with(options_.prefix))
      throw broken("it names a key that was not asked for");
    return std::move(*key);
  }

  Error broken(const std::string& reason) const {
    return Error(ErrorCode::corrupted, "list the objects under", client_->describe(options_.prefix),
                 "the server's list is broken: " + reason, "check the endpoint and the server's version");
  }

  std::shared_ptr<Client> client_;
  const ListOptions options_;
  std::string token_;
  bool done_ = false;
};

}  // namespace

std::unique_ptr<Lister> list_objects(std::shared_ptr<Client> client, ListOptions options) {
  return std::make_unique<S3Lister>(std::move(client), std::move(options));
}

}  // namespace wheelyard::store::s3
