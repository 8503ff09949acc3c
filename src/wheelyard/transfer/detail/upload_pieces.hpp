#pragma once

#include "wheelyard/transfer/detail/local_source.hpp"
#include "wheelyard/transfer/detail/parts.hpp"
#include "wheelyard/transfer/detail/upload_state.hpp"

namespace wheelyard::transfer {

/// A file that is sent in parts, by an upload that an earlier run may have begun.
class UploadPieces : public ItemPieces {
 public:
  struct Request {
    std::shared_ptr<store::ObjectStore> store;
    std::string key;
    store::PutOptions put;
    std::shared_ptr<const OpenFile> file;
  };

  /// Begins the upload, or goes on with one of the same file and the same options.
  static std::shared_ptr<UploadPieces> begin(Context& context, std::shared_ptr<Operation> operation,
                                             Item item, PartPlan plan, Request request);
  ~UploadPieces() override;

 protected:
  void piece(std::size_t index, Worker& worker) override;
  Result complete() override;
  Error give_up(const Error& error) override;

 private:
  UploadPieces(Context& context, std::shared_ptr<Operation> operation, Item item, PartPlan plan,
               Request request, std::optional<UploadState> state);
  void begin_new();
  bool go_on(const UploadState::Record& record);
  /// Whether a part that the store has is the file's.
  bool fits(const store::Part& part, std::size_t index) const;
  void drop() noexcept;
  bool anything_kept() const;

  Request request_;
  std::optional<UploadState> state_;
  std::unique_ptr<store::PartedUpload> upload_;
  std::vector<std::optional<store::Part>> there_;  ///< by index: what an earlier run has sent
  std::vector<store::Part> parts_;                 ///< by index: what is done in this run
  bool ended_ = false;                             ///< completed, aborted or left for another run
};

}  // namespace wheelyard::transfer
