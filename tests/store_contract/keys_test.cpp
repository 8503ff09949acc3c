// Keys as they come: blanks, percent signs, other scripts, and names that a folder cannot have.
#include <algorithm>

#include "backends.hpp"

namespace wheelyard::store::contract {
namespace {

const std::vector<std::string> odd_keys{
    "simple/acme/acme-1.0+local.1-py3-none-any.whl",
    "with blank/and  two.txt",
    "plus+sign",
    "percent%20sign",
    "percent%",
    "query?and#fragment",
    "am&per;sand=equals",
    "quotes'\"`",
    "brackets[](){}<>",
    "back\\slash",
    "pipe|caret^tilde~",
    "dollar$at@colon:comma,",
    "star*bang!",
    "\xc3\xa4\xc3\xb6\xc3\xbc/\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e.whl",
    "emoji-\xf0\x9f\x9a\x82",
    "..hidden",
    "dots/...",
    "-dash",
    "_private/.state",
};

TEST_P(Contract, KeepsOddKeysApart) {
  for (const std::string& name : odd_keys) {
    SCOPED_TRACE(name);
    put(name, "content of " + name);
    EXPECT_EQ(read(name), "content of " + name);
    EXPECT_EQ(store().head(key(name)).key, key(name));
  }
  auto expected = odd_keys;
  std::ranges::sort(expected);
  EXPECT_EQ(names(), expected);
  for (const std::string& name : odd_keys) {
    EXPECT_THAT(names(name), testing::Contains(name)) << "as a prefix";
  }
  std::vector<std::string> full;
  for (const std::string& name : odd_keys) full.push_back(key(name));
  store().remove_many(full);
  EXPECT_TRUE(names().empty());
}

TEST_P(Contract, CopiesAndRemovesOddKeysOneByOne) {
  for (const std::string& name : odd_keys) {
    SCOPED_TRACE(name);
    put(name, name);
    store().copy(key(name), key("copy/" + name));
    store().remove(key(name));
    EXPECT_EQ(read("copy/" + name), name);
  }
  EXPECT_EQ(names().size(), odd_keys.size());
}

TEST_P(Contract, KeepsLongKeys) {
  std::string part(240, 'k');
  std::string name = part + "/" + part + "/" + part + "/" + std::string(200, 'z');
  put(name, "x");
  EXPECT_EQ(read(name), "x");
  EXPECT_THAT(names(), testing::ElementsAre(name));
}

TEST_P(Contract, RefusesKeysThatNoFileCanHave) {
  if (GetParam().any_key) GTEST_SKIP() << "this store takes any key";
  for (const std::string& name : std::vector<std::string>{
           "", "/absolute", "../out", "a/../../out", "a//b", "a/./b", "a/..", "trailing/", ".", "..",
           std::string("nul\0byte", 8), std::string(256, 'x'), ".wheelyard-tmp-0/x"}) {
    SCOPED_TRACE(name);
    EXPECT_EQ(code_of([&] { put(name, "x"); }), ErrorCode::invalid_argument);
    EXPECT_EQ(code_of([&] { put(name, "x", PutMode::create()); }), ErrorCode::invalid_argument);
    EXPECT_EQ(code_of([&] { store().get(name); }), ErrorCode::invalid_argument);
    EXPECT_EQ(code_of([&] { store().head(name); }), ErrorCode::invalid_argument);
    EXPECT_EQ(code_of([&] { store().remove(name); }), ErrorCode::invalid_argument);
    EXPECT_EQ(code_of([&] { store().copy("a", name); }), ErrorCode::invalid_argument);
  }
  EXPECT_TRUE(names().empty());
}

}  // namespace
}  // namespace wheelyard::store::contract
