#include "wheelyard/server/page_cache.hpp"

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "wheelyard/store/memory/memory_store.hpp"

namespace wheelyard::server {
namespace {

class Cache : public testing::Test {
 protected:
  std::shared_ptr<ServedPage> page(const std::string& project, std::size_t files) const {
    index::ReadProject read;
    read.etag = project;
    read.page.name = project;
    for (std::size_t i = 0; i < files; ++i) {
      index::FileEntry file;
      file.filename = project + "-" + std::to_string(i) + "-py3-none-any.whl";
      file.url = file.filename;
      read.page.files.push_back(std::move(file));
    }
    return std::make_shared<ServedPage>(repository_, project, std::move(read));
  }

  index::Repository repository_{store::make_memory_store(), ""};
};

TEST_F(Cache, ForgetsTheLeastRecentlyUsed) {
  const std::size_t each = page("x", 10)->bytes();
  PageCache cache(each * 3 + each / 2);
  for (const char* name : {"a", "b", "c"}) cache.put(name, page(name, 10));
  EXPECT_TRUE(cache.find("a"));
  cache.put("d", page("d", 10));
  EXPECT_TRUE(cache.find("a"));
  EXPECT_FALSE(cache.find("b"));
  EXPECT_TRUE(cache.find("c"));
  EXPECT_TRUE(cache.find("d"));
  cache.drop("a");
  EXPECT_FALSE(cache.find("a"));
  EXPECT_LE(cache.bytes(), each * 2 + each / 2);
}

TEST_F(Cache, CountsRepresentations) {
  PageCache cache(1u << 20);
  const auto kept = page("a", 50);
  cache.put("a", kept);
  const std::size_t before = cache.bytes();
  bool made = false;
  const auto body = kept->body(PageFormat::json, false, &made);
  EXPECT_TRUE(made);
  cache.recount("a");
  EXPECT_EQ(cache.bytes(), before + body->bytes.size());
  made = false;
  EXPECT_EQ(kept->body(PageFormat::json, false, &made), body);
  EXPECT_FALSE(made);
}

TEST_F(Cache, APageTakesThePlaceOfTheFormerOne) {
  PageCache cache(1u << 20);
  cache.put("a", page("a", 50));
  const auto newer = page("a", 5);
  cache.put("a", newer);
  EXPECT_EQ(cache.find("a"), newer);
  EXPECT_EQ(cache.bytes(), newer->bytes());
}

TEST_F(Cache, WhatIsTooLargeIsNotKept) {
  PageCache cache(10'000);
  cache.put("a", page("a", 1));
  cache.put("b", page("b", 1000));
  EXPECT_TRUE(cache.find("a"));
  EXPECT_FALSE(cache.find("b"));
  cache.put("a", page("a", 1000));
  EXPECT_FALSE(cache.find("a"));
  EXPECT_EQ(cache.bytes(), 0u);
}

}  // namespace
}  // namespace wheelyard::server
