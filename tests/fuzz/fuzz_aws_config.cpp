// ~/.aws/config and ~/.aws/credentials: whatever they hold, they are read or refused with an Error.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "wheelyard/auth/aws_files.hpp"
#include "wheelyard/auth/shell_words.hpp"
#include "wheelyard/base/error.hpp"

namespace {

/// The settings of every profile that is named must be there to be read.
void look_at_everything(const wheelyard::auth::AwsFiles& files) {
  for (const auto& name : files.profile_names()) {
    const auto profile = files.profile(name);
    if (!profile) {
      __builtin_trap();
    }
    for (const auto& [key, value] : *profile) {
      const auto* text = wheelyard::auth::find_text(*profile, key);
      if ((text == nullptr) != value.block.has_value()) {
        __builtin_trap();
      }
    }
    if (const auto* services = wheelyard::auth::find_text(*profile, "services")) {
      files.services(*services);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // A zero byte parts the config file from the credentials file.
  const auto cut = text.find('\0');
  const auto config = text.substr(0, cut);
  const auto credentials = cut == std::string_view::npos ? std::string_view() : text.substr(cut + 1);
  try {
    look_at_everything(wheelyard::auth::AwsFiles::parse(config, credentials));
  } catch (const wheelyard::Error& error) {
    if (error.code() != wheelyard::ErrorCode::invalid_argument) {
      __builtin_trap();
    }
  }
  wheelyard::auth::shell_words(text);
  return 0;
}
