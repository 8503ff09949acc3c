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

/// What the system tells of a process; all empty where there is none.
struct Process {
  std::string state;
  std::string threads;
  std::string start;

  /// Dead, and not waited for yet, which some never are: where the first process of a container is none that
  /// waits. With more than one thread it is only the main one that has ended.
  bool is_dead() const { return state == "X" || (state == "Z" && (threads == "0" || threads == "1")); }
};

/// Fields 3, 20 and 22 of /proc/<pid>/stat (proc(5)), counted behind the command's name, which may hold
/// anything.
Process look_at(const std::string& pid) {
  const auto stat = file_text("/proc/" + pid + "/stat");
  const auto end_of_name = stat.rfind(')');
  if (end_of_name == std::string::npos) return {};
  const auto fields = split(std::string_view(stat).substr(end_of_name + 1), ' ');
  if (fields.size() <= 20) return {};
  return {
      .state = std::string(fields[1]), .threads = std::string(fields[18]), .start = std::string(fields[20])};
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
  return here() + "/" + pid + "/" + look_at(pid).start;
}

bool is_gone(std::string_view worker) {
  const auto parts = split(worker, '/');
  if (parts.size() != 3 || parts[0].empty() || parts[2].empty() || parts[0] != here()) return false;
  pid_t pid = 0;
  const auto [end, error] = std::from_chars(parts[1].data(), parts[1].data() + parts[1].size(), pid);
  if (error != std::errc() || end != parts[1].data() + parts[1].size() || pid <= 0) return false;
  if (::kill(pid, 0) != 0 && errno == ESRCH) return true;
  const auto process = look_at(std::string(parts[1]));
  return !process.start.empty() && (process.start != parts[2] || process.is_dead());
}

}  // namespace wheelyard::release
