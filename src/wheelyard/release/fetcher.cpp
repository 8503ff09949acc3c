#include "wheelyard/release/fetcher.hpp"

#include <algorithm>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/worker_pool.hpp"
#include "wheelyard/transfer/read_object.hpp"

namespace wheelyard::release {
namespace {

constexpr std::uint64_t range_size = 16u << 20;
/// What is smaller is read in one request, and digested as it is written.
constexpr std::uint64_t smallest_in_ranges = 4 * range_size;

Error differs(const store::ObjectStore& store, const std::string& key, const std::string& how) {
  return Error(ErrorCode::corrupted, "read", store.describe(key), how,
               "nothing was written; run 'wheelyard release verify --deep' to see what else is wrong");
}

/// Writes to a place in a file, no more than `most` bytes.
class FileSink : public ByteSink {
 public:
  FileSink(int file, std::filesystem::path path, std::uint64_t offset, std::uint64_t most)
      : file_(file), path_(std::move(path)), offset_(offset), left_(most) {}

  void write(std::string_view bytes) override {
    if (bytes.size() > left_) overrun_ = true;
    bytes = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), left_)));
    if (digest) digest->update(bytes);
    left_ -= bytes.size();
    write_at(file_, offset_, bytes, path_);
    offset_ += bytes.size();
    if (overrun_) throw Error(ErrorCode::corrupted, "write", path_.string(), "there are too many bytes");
  }

  /// More came than fits; or less.
  bool overrun() const { return overrun_; }
  std::uint64_t left() const { return left_; }

  Digest* digest = nullptr;

 private:
  const int file_;
  const std::filesystem::path path_;
  std::uint64_t offset_;
  std::uint64_t left_;
  bool overrun_ = false;
};

/// Reads an object, or a range of it, into exactly the space that there is for it.
void read_exactly(store::ObjectStore& store, const std::string& key, const store::GetOptions& options,
                  std::uint64_t size, FileSink& sink) {
  const auto told = [&] { return "its size is not the " + std::to_string(size) + " bytes of the manifest"; };
  try {
    transfer::read_object(store, key, options, sink);
  } catch (const Error& error) {
    constexpr int no_such_range = 416;
    if (sink.overrun() || error.details().http_status == no_such_range) throw differs(store, key, told());
    throw;
  }
  if (sink.left() != 0) throw differs(store, key, told());
}

}  // namespace

struct Fetcher::File {
  const ReleaseFile* file = nullptr;
  std::string staged;
  std::string key;
  std::atomic<std::size_t> ranges_left{0};
  std::atomic<std::uint64_t> done{0};
};

struct Fetcher::Piece {
  File* file = nullptr;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  bool last = false;
};

Fetcher::Fetcher(const StateStore& states, const StagingFolder& staging, ProgressSink progress)
    : states_(states), staging_(staging), progress_(std::move(progress)) {}

void Fetcher::fetch(const Manifest& manifest, const std::vector<ReleaseFile>& files, std::size_t workers) {
  std::vector<File> all(files.size());
  std::vector<Piece> pieces;
  for (std::size_t i = 0; i < files.size(); ++i) {
    File& file = all[i];
    file.file = &files[i];
    file.staged = std::to_string(i);
    file.key = states_.bytes_key(manifest, files[i]);
    const std::uint64_t size = files[i].size;
    const std::uint64_t step = size < smallest_in_ranges ? std::max<std::uint64_t>(size, 1) : range_size;
    std::uint64_t offset = 0;
    do {
      const std::uint64_t length = std::min(step, size - offset);
      pieces.push_back({&file, offset, length, offset + length == size});
      ++file.ranges_left;
      offset += length;
    } while (offset < size);
  }
  parallel_for(pieces.size(), workers, [&](std::size_t index) {
    const Piece& piece = pieces[index];
    if (piece.offset == 0) tell(ProgressEvent::Kind::started, *piece.file, 0);
    if (piece.length == piece.file->file->size) {
      fetch_whole(*piece.file);
    } else {
      fetch_range(*piece.file, piece);
    }
    const std::uint64_t done = piece.file->done += piece.length;
    const bool complete = --piece.file->ranges_left == 0;
    if (complete && piece.length != piece.file->file->size) check_written(*piece.file);
    tell(complete ? ProgressEvent::Kind::finished : ProgressEvent::Kind::advanced, *piece.file, done);
  });
}

void Fetcher::fetch_whole(const File& file) {
  const FileDescriptor written = staging_.open(file.staged);
  FileSink sink(written.get(), staging_.path_of(file.file->name), 0, file.file->size);
  Digest digest(DigestAlgorithm::sha256);
  sink.digest = &digest;
  // Its SHA-256 is compared: another digest of the same bytes would only cost time.
  read_exactly(states_.store(), file.key, {.verify = false, .vendor = {}}, file.file->size, sink);
  if (to_hex(digest.finish()) != file.file->sha256)
    throw differs(states_.store(), file.key, "its SHA-256 is not the manifest's");
}

void Fetcher::fetch_range(File& file, const Piece& piece) {
  const FileDescriptor written = staging_.open(file.staged);
  FileSink sink(written.get(), staging_.path_of(file.file->name), piece.offset, piece.length);
  // The last range is open: an object that is too long is seen.
  store::ByteRange range{.offset = piece.offset, .length = piece.length};
  if (piece.last) range.length.reset();
  read_exactly(states_.store(), file.key, {.range = range, .verify = false, .vendor = {}}, file.file->size,
               sink);
}

void Fetcher::check_written(const File& file) const {
  const FileDescriptor written = staging_.open(file.staged);
  const auto path = staging_.path_of(file.file->name);
  Digest digest(DigestAlgorithm::sha256);
  std::vector<char> buffer(1u << 20);
  std::uint64_t offset = 0;
  while (const std::size_t count = read_at(written.get(), offset, buffer.data(), buffer.size(), path)) {
    digest.update({buffer.data(), count});
    offset += count;
  }
  if (to_hex(digest.finish()) != file.file->sha256)
    throw differs(states_.store(), file.key, "its SHA-256 is not the manifest's");
}

std::string Fetcher::fetch_unknown(const ReleaseFile& file) {
  File item;
  item.file = &file;
  tell(ProgressEvent::Kind::started, item, 0);
  const FileDescriptor written = staging_.open("0");
  FileSink sink(written.get(), staging_.path_of(file.name), 0, file.size);
  Digest digest(DigestAlgorithm::sha256);
  sink.digest = &digest;
  read_exactly(states_.store(), file.key, {.if_match = file.etag, .vendor = {}}, file.size, sink);
  tell(ProgressEvent::Kind::finished, item, file.size);
  return to_hex(digest.finish());
}

void Fetcher::tell(ProgressEvent::Kind kind, const File& file, std::uint64_t done) {
  if (!progress_) return;
  const std::lock_guard lock(progress_mutex_);
  progress_({.kind = kind, .item = file.file->name, .message = {}, .done = done, .total = file.file->size});
}

}  // namespace wheelyard::release
