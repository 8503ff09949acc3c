#include "wheelyard/transfer/detail/upload_pieces.hpp"

#include "wheelyard/base/digest.hpp"
#include "wheelyard/transfer/detail/content.hpp"

namespace wheelyard::transfer {
namespace {

/// Of the file and of how it is sent: another identity is another upload.
std::string identity_of(const struct stat& status, const store::PutOptions& put) {
  std::string text;
  const auto add = [&](std::string_view part) { (text += part) += '\0'; };
  for (const auto number :
       {static_cast<std::uint64_t>(status.st_size), static_cast<std::uint64_t>(status.st_ino),
        static_cast<std::uint64_t>(status.st_dev), static_cast<std::uint64_t>(file_time(status))}) {
    add(std::to_string(number));
  }
  for (const std::string& field : {put.content_type, put.cache_control, put.content_encoding, put.acl,
                                   put.content_disposition, put.content_language, put.expires}) {
    add(field);
  }
  for (const auto* fields : {&put.metadata, &put.vendor}) {
    for (const auto& [name, value] : *fields) {
      add(name);
      add(value);
    }
    add("");
  }
  add(put.checksum ? to_string(*put.checksum) : "");
  return sha256_hex(text);
}

Error with_way_on(const Error& error, const std::string& target) {
  return error.with_hint((error.hint().empty() ? "" : error.hint() + "; ") +
                         "the same command goes on where it stopped; to drop what was sent: wheelyard rm "
                         "--incomplete " +
                         target);
}

}  // namespace

std::shared_ptr<UploadPieces> UploadPieces::begin(Context& context, std::shared_ptr<Operation> operation,
                                                  Item item, PartPlan plan, Request request) {
  std::optional<UploadState> state;
  std::optional<UploadState::Record> record;
  if (context.options.resume) {
    sweep_upload_states();
    state = UploadState::open(request.file->path, request.store->describe(request.key));
    if (state) record = state->read();
  }
  const std::string identity = identity_of(request.file->status, request.put);
  const bool same = record && record->identity == identity && record->part_size <= plan.size &&
                    (context.options.part_size == 0 || plan.part_size == record->part_size);
  if (same) plan.part_size = record->part_size;
  std::shared_ptr<UploadPieces> pieces(new UploadPieces(context, std::move(operation), std::move(item), plan,
                                                        std::move(request), std::move(state)));
  if (same && pieces->go_on(*record)) return pieces;
  if (record && !same) {
    try {
      pieces->request_.store->resume_parts(pieces->request_.key, record->upload_id, pieces->request_.put)
          ->abort();
    } catch (const Error&) {
      // It is listed among the unfinished uploads, and concerns this one no more.
    }
  }
  pieces->begin_new();
  return pieces;
}

UploadPieces::UploadPieces(Context& context, std::shared_ptr<Operation> operation, Item item, PartPlan plan,
                           Request request, std::optional<UploadState> state)
    : ItemPieces(context, std::move(operation), std::move(item), plan),
      request_(std::move(request)),
      state_(std::move(state)),
      there_(plan.count()),
      parts_(plan.count()) {}

UploadPieces::~UploadPieces() {
  // The transfer was stopped.
  if (!ended_ && upload_ && !(state_ && anything_kept())) drop();
}

void UploadPieces::begin_new() {
  upload_ = begin_upload(*request_.store, request_.key, request_.put);
  if (!state_) return;
  state_->write({.upload_id = upload_->id(),
                 .identity = identity_of(request_.file->status, request_.put),
                 .part_size = plan_.part_size});
}

bool UploadPieces::go_on(const UploadState::Record& record) {
  auto upload = request_.store->resume_parts(request_.key, record.upload_id, request_.put);
  std::vector<store::Part> parts;
  try {
    parts = upload->parts();
  } catch (const Error& error) {
    // Somebody has ended it.
    if (error.code() != ErrorCode::not_found) throw;
    return false;
  }
  for (store::Part& part : parts) {
    const std::size_t index = part.number - 1;
    if (index < there_.size() && part.size == plan_.length(index)) there_[index] = std::move(part);
  }
  upload_ = std::move(upload);
  return true;
}

bool UploadPieces::fits(const store::Part& part, std::size_t index) const {
  const auto own = [&](ChecksumAlgorithm algorithm) {
    return checksum_range(context_, *request_.file, plan_.offset(index), plan_.length(index), algorithm);
  };
  if (part.checksum) return own(part.checksum->algorithm) == part.checksum->value;
  // Where an ETag is no MD5 the part is sent once more.
  return part.etag == to_hex(own(ChecksumAlgorithm::md5));
}

void UploadPieces::piece(std::size_t index, Worker&) {
  if (there_[index] && fits(*there_[index], index)) {
    parts_[index] = *there_[index];
    context_.reporter.add_bytes(static_cast<std::int64_t>(plan_.length(index)));
    return;
  }
  const auto body =
      std::make_shared<const FileSlice>(context_, request_.file, plan_.offset(index), plan_.length(index));
  parts_[index] = upload_->put_part(static_cast<std::uint32_t>(index) + 1, body);
}

Result UploadPieces::complete() {
  request_.file->check_unchanged();
  store::PutResult put = upload_->complete(parts_);
  ended_ = true;
  if (state_) state_->remove();
  return Result::done(plan_.size, std::move(put.etag));
}

Error UploadPieces::give_up(const Error& error) {
  if (state_ && anything_kept() && worth_resuming(error)) {
    ended_ = true;
    return with_way_on(error, request_.store->describe(request_.key));
  }
  drop();
  return error;
}

bool UploadPieces::anything_kept() const {
  return std::ranges::any_of(parts_, [](const store::Part& part) { return part.number != 0; }) ||
         std::ranges::any_of(there_, [](const auto& part) { return part.has_value(); });
}

void UploadPieces::drop() noexcept {
  ended_ = true;
  try {
    upload_->abort();
  } catch (...) {
    // It stays listed among the unfinished uploads; what went wrong first is what is told.
  }
  if (state_) state_->remove();
}

}  // namespace wheelyard::transfer
