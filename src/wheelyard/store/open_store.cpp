#include "wheelyard/store/open_store.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <mutex>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/text.hpp"
#include "wheelyard/base/url.hpp"
#include "wheelyard/store/local/local_store.hpp"
#include "wheelyard/store/memory/memory_store.hpp"
#include "wheelyard/store/s3/s3_address.hpp"
#include "wheelyard/store/s3/s3_bucket.hpp"
#include "wheelyard/store/s3/s3_store.hpp"

namespace wheelyard::store {
namespace {

constexpr std::string_view forms = "write s3://bucket/prefix, file:///folder or the path of a folder";

Error refuse(std::string_view url, std::string reason, std::string hint = std::string(forms)) {
  const bool is_path = url.find("://") == std::string_view::npos;
  const std::string shown = is_path ? std::string(url) : without_user_info(url);
  return Error(ErrorCode::invalid_argument, "open the repository", "\"" + printable(shown, 200) + "\"",
               std::move(reason), std::move(hint));
}

/// What decides on who we are: equal for stores that are opened with the same settings. A digest, since
/// secrets are among it.
std::string identity_of(const auth::AwsOverrides& aws, const auth::Environment& environment) {
  std::string text;
  for (const std::string& part :
       {aws.access_key_id, aws.secret_access_key, aws.session_token, aws.profile, aws.region}) {
    text += part + '\0';
  }
  for (std::string_view name : {"AWS_ACCESS_KEY_ID",
                                "AWS_SECRET_ACCESS_KEY",
                                "AWS_SESSION_TOKEN",
                                "AWS_SECURITY_TOKEN",
                                "AWS_PROFILE",
                                "AWS_DEFAULT_PROFILE",
                                "AWS_CREDENTIAL_EXPIRATION",
                                "AWS_CONFIG_FILE",
                                "AWS_SHARED_CREDENTIALS_FILE",
                                "AWS_CREDENTIAL_FILE",
                                "AWS_ROLE_ARN",
                                "AWS_ROLE_SESSION_NAME",
                                "AWS_WEB_IDENTITY_TOKEN_FILE",
                                "AWS_REGION",
                                "AWS_DEFAULT_REGION",
                                "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                                "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                                "AWS_CONTAINER_AUTHORIZATION_TOKEN",
                                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
                                "AWS_EC2_METADATA_DISABLED",
                                "AWS_EC2_METADATA_SERVICE_ENDPOINT",
                                "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
                                "AWS_ENDPOINT_URL",
                                "AWS_ENDPOINT_URL_STS",
                                "AWS_ENDPOINT_URL_SSO",
                                "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
                                "AWS_STS_REGIONAL_ENDPOINTS",
                                "HOME"}) {
    auto value = environment(name);
    text += value ? "=" + *value + '\0' : std::string(1, '\0');
  }
  return sha256_hex(text);
}

/// One chain for the stores of one identity, so that they renew what has expired once. A chain that tells a
/// log of its requests belongs to whoever gave the log.
std::shared_ptr<auth::CredentialChain> shared_credentials(const std::string& identity,
                                                          const StoreSettings& settings,
                                                          const auth::Environment& environment) {
  if (settings.log) return auth::make_credential_chain(settings.aws, environment, settings.log);
  static std::mutex mutex;
  static std::map<std::string, std::weak_ptr<auth::CredentialChain>> chains;
  const std::lock_guard lock(mutex);
  if (auto found = chains[identity].lock()) return found;
  std::erase_if(chains, [](const auto& entry) { return entry.second.expired(); });
  auto made = auth::make_credential_chain(settings.aws, environment);
  chains[identity] = made;
  return made;
}

S3Options s3_options(const std::string& bucket, const StoreSettings& settings) {
  auto environment = settings.environment ? settings.environment : auth::process_environment();
  S3Options options{.bucket = bucket, .settings = auth::resolve_aws_settings(settings.aws, environment)};
  options.anonymous = settings.aws.anonymous;
  if (!options.anonymous) {
    options.identity = identity_of(settings.aws, environment);
    options.credentials = shared_credentials(options.identity, settings, environment);
  }
  options.http.ca_bundle = options.settings.ca_bundle;
  options.http.retry.attempts = options.settings.max_attempts;
  options.http.log = settings.log;
  options.http.on_wait = settings.on_wait;
  return options;
}

/// Throws for what cannot name a bucket.
void check_bucket(std::string_view url, const std::string& bucket) {
  if (bucket.empty()) throw refuse(url, "it names no bucket");
  if (bucket.find('@') != std::string::npos) {
    throw refuse(url, "credentials do not belong into the URL",
                 "use AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile");
  }
  s3::check_bucket_name(bucket);
}

Location open_bucket(std::string_view url, const StoreSettings& settings) {
  s3::BucketAndKey parts = s3::split_bucket(url.substr(std::string_view("s3://").size()));
  const std::string& bucket = parts.bucket;
  std::string_view prefix = parts.key;
  while (prefix.starts_with('/')) prefix.remove_prefix(1);
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  check_bucket(url, bucket);
  if (prefix.find_first_of("?#") != std::string_view::npos)
    throw refuse(url, "the prefix may not hold '?' or '#'");
  for (std::string_view part : split(prefix, '/')) {
    if (part == "." || part == ".." || (part.empty() && !prefix.empty())) {
      throw refuse(url, "the prefix holds an empty part, '.' or '..'");
    }
  }
  if (printable(prefix, prefix.size() + 1) != prefix)
    throw refuse(url, "the prefix holds control characters");

  std::string below(prefix);
  return {.store = make_s3_store(s3_options(bucket, settings)),
          .prefix = below.empty() ? "" : below + "/",
          .url = "s3://" + bucket + (below.empty() ? "" : "/" + below)};
}

Location open_folder(const std::filesystem::path& path) {
  const std::string absolute = std::filesystem::absolute(path).string();
  std::string root;
  // "." and double slashes go; ".." stays, since what it means depends on links that only the disk knows.
  for (std::string_view part : split(absolute, '/')) {
    if (!part.empty() && part != ".") root += "/" + std::string(part);
  }
  if (root.empty()) root = "/";
  return {.store = make_local_store(root), .prefix = {}, .url = "file://" + percent_encode(root, "/")};
}

Location open_file_url(std::string_view url) {
  std::string_view rest = url.substr(std::string_view("file:").size());
  if (rest.starts_with("//")) {
    std::string_view host = rest.substr(2, rest.find('/', 2) - 2);
    if (!host.empty() && !equals_ignoring_case(host, "localhost")) {
      throw refuse(url, "a file URL with a host leads to another machine", "write file:///folder");
    }
    rest.remove_prefix(2 + host.size());
  }
  if (!rest.starts_with('/')) throw refuse(url, "a file URL names a whole path", "write file:///folder");
  if (rest.find_first_of("?#") != std::string_view::npos) {
    throw refuse(url, "it holds a query or fragment", "write '?' as %3F and '#' as %23");
  }
  std::string path = percent_decode(rest);
  if (path.find('\0') != std::string::npos) throw refuse(url, "it holds a NUL");
  return open_folder(path);
}

/// "gs" in "gs://bucket"; empty where the text is a path.
std::string_view scheme_of(std::string_view url) {
  std::size_t end = url.find("://");
  if (end == std::string_view::npos || end == 0) return {};
  bool word = std::all_of(url.begin(), url.begin() + static_cast<std::ptrdiff_t>(end),
                          [](char c) { return is_alnum(c) || c == '+' || c == '-' || c == '.'; });
  return word ? url.substr(0, end) : std::string_view();
}

}  // namespace

Location open_store(std::string_view url, const StoreSettings& settings) {
  if (url.empty()) throw refuse(url, "it is empty");
  if (url.find('\0') != std::string_view::npos) throw refuse(url, "it holds a NUL");
  if (starts_with_ignoring_case(url, "s3://")) return open_bucket(url, settings);
  if (starts_with_ignoring_case(url, "file:")) return open_file_url(url);
  if (url == "memory:") return {.store = make_memory_store(), .prefix = {}, .url = "memory:"};
  if (std::string_view scheme = scheme_of(url); !scheme.empty()) {
    throw refuse(url, "there is no store for '" + std::string(scheme) + "' URLs");
  }
  if (url == "~" || url.starts_with("~/")) {
    throw refuse(url, "the shell has not replaced the '~'",
                 "write the path without quotes or with $HOME; for a folder of that name, ./~");
  }
  return open_folder(std::string(url));
}

std::optional<ObjectUrl> parse_object_url(std::string_view url) {
  if (url.empty()) throw refuse(url, "it is empty");
  if (url.find('\0') != std::string_view::npos) throw refuse(url, "it holds a NUL");
  if (url == "-" || starts_with_ignoring_case(url, "file:")) return std::nullopt;
  if (!starts_with_ignoring_case(url, "s3://")) {
    std::string_view scheme = scheme_of(url);
    if (scheme.empty()) return std::nullopt;
    throw refuse(url, "there is no store for '" + std::string(scheme) + "' URLs");
  }
  s3::BucketAndKey parts = s3::split_bucket(url.substr(std::string_view("s3://").size()));
  check_bucket(url, parts.bucket);
  return ObjectUrl{.bucket_url = "s3://" + parts.bucket, .key = std::move(parts.key)};
}

std::vector<BucketInfo> list_buckets(const StoreSettings& settings) {
  s3::Client client(s3_options({}, settings));
  return s3::list_buckets(client);
}

}  // namespace wheelyard::store
