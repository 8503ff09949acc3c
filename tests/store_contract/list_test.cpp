// Listings: order, prefixes, delimiters, pages, and writes under way.
#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include "backends.hpp"

namespace wheelyard::store::contract {
namespace {

struct Listing {
  std::vector<std::string> keys;
  std::vector<std::string> prefixes;
  std::size_t pages = 0;
};

class ListContract : public Contract {
 protected:
  Listing listing(ListOptions options) {
    options.prefix = key(options.prefix);
    if (!options.start_after.empty()) options.start_after = key(options.start_after);
    Listing result;
    auto lister = store().list(options);
    while (auto page = lister->next()) {
      ++result.pages;
      EXPECT_LE(page->objects.size() + page->prefixes.size(), options.page_size);
      for (const ObjectInfo& info : page->objects)
        result.keys.push_back(info.key.substr(place_.prefix.size()));
      for (const std::string& prefix : page->prefixes) {
        result.prefixes.push_back(prefix.substr(place_.prefix.size()));
      }
    }
    EXPECT_FALSE(lister->next().has_value());
    EXPECT_TRUE(std::ranges::is_sorted(result.keys));
    EXPECT_TRUE(std::ranges::is_sorted(result.prefixes));
    return result;
  }

  void fill(const std::vector<std::string>& keys) {
    for (const std::string& name : keys) put(name, name);
  }
};

using testing::ElementsAre;
using testing::IsEmpty;

TEST_P(ListContract, ListsInByteOrderOfWholeKeys) {
  // "/" sorts behind "-" and "." but ahead of digits and letters: folders do not simply follow files.
  std::vector<std::string> keys{"a-b", "a-b/c", "a.b",  "a/b", "a/b-", "a/z",
                                "a0",  "ab",    "ab/c", "b",   "B",    "\xc3\xa4"};
  if (!GetParam().nested_keys)
    std::erase_if(keys, [](const auto& name) { return name == "a-b" || name == "ab"; });
  fill(keys);
  std::ranges::sort(keys);
  EXPECT_EQ(listing({}).keys, keys);
  EXPECT_EQ(listing({.page_size = 1}).keys, keys);
  EXPECT_EQ(listing({.page_size = 3}).keys, keys);
}

TEST_P(ListContract, HonoursPrefixes) {
  fill({"a/1", "a/2", "a/20/x", "ab/1", "b/1"});
  EXPECT_THAT(listing({.prefix = "a/"}).keys, ElementsAre("a/1", "a/2", "a/20/x"));
  EXPECT_THAT(listing({.prefix = "a"}).keys, ElementsAre("a/1", "a/2", "a/20/x", "ab/1"));
  EXPECT_THAT(listing({.prefix = "a/2"}).keys, ElementsAre("a/2", "a/20/x"));
  EXPECT_THAT(listing({.prefix = "a/20"}).keys, ElementsAre("a/20/x"));
  EXPECT_THAT(listing({.prefix = "a/1/"}).keys, IsEmpty());
  EXPECT_THAT(listing({.prefix = "c"}).keys, IsEmpty());
  EXPECT_THAT(listing({.prefix = "none/at/all/"}).keys, IsEmpty());
}

TEST_P(ListContract, RollsUpAtTheDelimiter) {
  fill({"a-x/1", "a/1", "a/2/deep", "b", "c/1", "c0", "d/e/f/g"});
  Listing top = listing({.delimiter = "/"});
  EXPECT_THAT(top.keys, ElementsAre("b", "c0"));
  EXPECT_THAT(top.prefixes, ElementsAre("a-x/", "a/", "c/", "d/"));
  Listing below = listing({.prefix = "a/", .delimiter = "/"});
  EXPECT_THAT(below.keys, ElementsAre("a/1"));
  EXPECT_THAT(below.prefixes, ElementsAre("a/2/"));
  Listing part = listing({.prefix = "a", .delimiter = "/"});
  EXPECT_THAT(part.keys, IsEmpty());
  EXPECT_THAT(part.prefixes, ElementsAre("a-x/", "a/"));
  Listing paged = listing({.delimiter = "/", .page_size = 1});
  EXPECT_EQ(paged.keys, top.keys);
  EXPECT_EQ(paged.prefixes, top.prefixes);
}

TEST_P(ListContract, GoesOnBehindAKey) {
  fill({"a", "b/1", "b/2", "b0", "c"});
  EXPECT_THAT(listing({.start_after = "a"}).keys, ElementsAre("b/1", "b/2", "b0", "c"));
  EXPECT_THAT(listing({.start_after = "b/1"}).keys, ElementsAre("b/2", "b0", "c"));
  EXPECT_THAT(listing({.start_after = "b/11"}).keys, ElementsAre("b/2", "b0", "c"));
  EXPECT_THAT(listing({.start_after = "b/9"}).keys, ElementsAre("b0", "c"));
  EXPECT_THAT(listing({.prefix = "b", .start_after = "a", .page_size = 2}).keys,
              ElementsAre("b/1", "b/2", "b0"));
  EXPECT_THAT(listing({.start_after = "c"}).keys, IsEmpty());
}

TEST_P(ListContract, ShowsEveryObjectOnceOverManyPages) {
  std::vector<std::string> keys;
  for (int index = 0; index < 60; ++index) {
    keys.push_back("p" + std::to_string(index % 5) + "/" + std::to_string(1000 + index));
  }
  fill(keys);
  std::ranges::sort(keys);
  for (std::uint32_t size : {1u, 7u, 59u, 60u, 61u, 1000u})
    EXPECT_EQ(listing({.page_size = size}).keys, keys);
  EXPECT_GE(listing({.page_size = 7}).pages, 9u);
  EXPECT_EQ(list_all(store(), key("p3/")).size(), 12u);
}

TEST_P(ListContract, AListingDuringWritesMissesNothingThatStays) {
  std::set<std::string> stay;
  for (int index = 0; index < 50; ++index) stay.insert("stay/" + std::to_string(index));
  fill({stay.begin(), stay.end()});
  std::atomic<bool> stop = false;
  std::jthread writer([&] {
    for (int round = 0; !stop; ++round) {
      put("stay/x" + std::to_string(round % 20), "x");
      store().remove(key("stay/x" + std::to_string((round + 10) % 20)));
    }
  });
  for (int round = 0; round < 20; ++round) {
    auto seen = listing({.prefix = "stay/", .page_size = 9}).keys;
    std::set<std::string> once(seen.begin(), seen.end());
    EXPECT_EQ(once.size(), seen.size());
    EXPECT_TRUE(std::ranges::includes(once, stay));
  }
  stop = true;
}

INSTANTIATE_TEST_SUITE_P(Stores, ListContract, testing::ValuesIn(backends()),
                         [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace wheelyard::store::contract
