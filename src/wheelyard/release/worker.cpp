#include "wheelyard/release/worker.hpp"

#include <cerrno>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include <unistd.h>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/text.hpp"

namespace wheelyard::release {

namespace {

std::string file_text(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string text(4096, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

/// Field 22 of /proc/<pid>/stat (proc(5)), counted behind the command's name, which may hold anything.
std::string start_of(const std::string& pid) {
  const auto stat = file_text("/proc/" + pid + "/stat");
  const auto end_of_name = stat.rfind(')');
  if (end_of_name == std::string::npos) return "";
  const auto fields = split(std::string_view(stat).substr(end_of_name + 1), ' ');
  constexpr std::size_t start_time = 20;
  return fields.size() > start_time ? std::string(fields[start_time]) : "";
}

/// This start of the machine, and the namespace in which process ids count.
std::string here() {
  std::error_code error;
  const auto space = std::filesystem::read_symlink("/proc/self/ns/pid", error);
  const auto boot = file_text("/proc/sys/kernel/random/boot_id");
  if (error || boot.empty()) return "";
  return sha256_hex(boot + space.string()).substr(0, 16);
}

}  // namespace

std::string this_worker() {
  const auto pid = std::to_string(::getpid());
  return here() + "/" + pid + "/" + start_of(pid);
}

bool is_gone(std::string_view worker) {
  const auto parts = split(worker, '/');
  if (parts.size() != 3 || parts[0].empty() || parts[2].empty() || parts[0] != here()) return false;
  pid_t pid = 0;
  const auto [end, error] = std::from_chars(parts[1].data(), parts[1].data() + parts[1].size(), pid);
  if (error != std::errc() || end != parts[1].data() + parts[1].size() || pid <= 0) return false;
  if (::kill(pid, 0) != 0 && errno == ESRCH) return true;
  const auto start = start_of(std::string(parts[1]));
  return !start.empty() && start != parts[2];
}

}  // namespace wheelyard::release
