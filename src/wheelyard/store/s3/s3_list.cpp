#include "wheelyard/store/s3/s3_list.hpp"

#include <algorithm>

#include "wheelyard/store/s3/s3_attributes.hpp"
#include "wheelyard/store/s3/s3_list_page.hpp"

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
    set_vendor_headers(call, options_.vendor, HeaderUse::list, *client_, Misplaced::leave_out);
    if (!token_.empty()) call.query.emplace_back("continuation-token", token_);
    if (!options_.delimiter.empty()) call.query.emplace_back("delimiter", options_.delimiter);
    call.query.emplace_back("encoding-type", "url");
    call.query.emplace_back("list-type", "2");
    call.query.emplace_back("max-keys", std::to_string(std::clamp(options_.page_size, 1u, largest_page)));
    if (!options_.prefix.empty()) call.query.emplace_back("prefix", options_.prefix);
    if (token_.empty() && !options_.start_after.empty())
      call.query.emplace_back("start-after", options_.start_after);
    Answer answer = client_->require(call);
    return take(answer, call);
  }

  ListPage take(Answer& answer, const Call& call) {
    const std::string body = client_->read_text(answer, call);
    std::optional<ListedPage> listed;
    try {
      listed = parse_list_page(body);
    } catch (const Error& error) {
      throw client_->refusal(
          answer, call,
          "the server's answer is not the XML that it should be (" + error.details().reason + ")");
    }
    if (!listed) {
      client_->parse_document(body, answer, call, "ListBucketResult");
      throw client_->error_for(*answer.error, call);
    }
    if (!listed->broken.empty()) throw broken(listed->broken);
    for (const ObjectInfo& object : listed->page.objects) check(object.key);
    for (const std::string& prefix : listed->page.prefixes) check(prefix);
    done_ = !listed->truncated;
    if (!done_) {
      if (listed->token.empty() || listed->token == token_)
        throw broken("it says that there is more, and not where to go on");
      token_ = std::move(listed->token);
    }
    return std::move(listed->page);
  }

  void check(const std::string& key) const {
    if (key.empty() || !key.starts_with(options_.prefix))
      throw broken("it names a key that was not asked for");
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
