#pragma once

#include <optional>
#include <string>
#include <vector>

#include "wheelyard/store/object_store.hpp"
#include "wheelyard/transfer/detail/item.hpp"
#include "wheelyard/transfer/filter.hpp"

namespace wheelyard::transfer {

/// What a listing gives: an item, one that is passed over, or something that could not be looked at.
struct Listed {
  Item item;
  std::string skipped;         ///< why it is passed over; "" where it is not
  std::optional<Error> error;  ///< and so the listing is not whole
};

/// The items of a tree in byte order of their names, made as they are asked for.
class Listing {
 public:
  virtual ~Listing() = default;
  /// None at the end. Throws where the rest cannot be told.
  virtual std::optional<Listed> next() = 0;
};

/// The objects whose keys begin with `base`, named by what follows it; the one that is called just so is left
/// out.
class StoreListing : public Listing {
 public:
  StoreListing(store::ObjectStore& store, std::string base, const Filter& filter,
               const store::VendorHeaders& vendor = {});
  std::optional<Listed> next() override;

 private:
  const std::string base_;
  const Filter& filter_;
  std::unique_ptr<store::Lister> lister_;
  std::optional<store::ListPage> page_;
  std::size_t next_ = 0;
};

/// Passes on another, and throws `corrupted` where its names are not in order: without it two listings cannot
/// be compared in bounded memory.
class OrderedListing : public Listing {
 public:
  OrderedListing(std::unique_ptr<Listing> inner, std::string place)
      : inner_(std::move(inner)), place_(std::move(place)) {}
  std::optional<Listed> next() override;

 private:
  std::unique_ptr<Listing> inner_;
  const std::string place_;
  std::optional<std::string> last_;
};

}  // namespace wheelyard::transfer
