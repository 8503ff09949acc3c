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

/// Keys that S3 allows and that hardly anybody uses.
const std::vector<std::string> rare_keys{
    "double//slash", "slash/",      "/absolute",     "dot/./inside",
    "up/../inside",  "./begin",     "../begin",      "end/..",
    "end/.",         "tab\tinside", "line\nend",     "return\rend",
    "delete\x7f",    "bell\arings", "unit\x1fsplit", "\xef\xbf\xbf noncharacter",
};

/// What a server or folder does with one of them instead of keeping it.
struct Oddity {
  std::string backend;
  std::string key;
  std::string refused;  ///< the server's code; "" where it is not refused
  std::string listed;   ///< the name that it shows instead
};

const std::vector<Oddity> oddities{
    // Files have no such names.
    {"folder", "double//slash", "invalid_argument", ""},
    {"folder", "slash/", "invalid_argument", ""},
    {"folder", "/absolute", "invalid_argument", ""},
    {"folder", "dot/./inside", "invalid_argument", ""},
    {"folder", "up/../inside", "invalid_argument", ""},
    {"folder", "./begin", "invalid_argument", ""},
    {"folder", "../begin", "invalid_argument", ""},
    {"folder", "end/..", "invalid_argument", ""},
    {"folder", "end/.", "invalid_argument", ""},
    {"minio", "double//slash", "XMinioInvalidObjectName", ""},
    {"minio", "/absolute", "XMinioInvalidObjectName", ""},
    {"minio", "dot/./inside", "XMinioInvalidResourceName", ""},
    {"minio", "up/../inside", "XMinioInvalidResourceName", ""},
    {"minio", "./begin", "XMinioInvalidResourceName", ""},
    {"minio", "../begin", "XMinioInvalidResourceName", ""},
    {"minio", "end/..", "XMinioInvalidResourceName", ""},
    {"minio", "end/.", "XMinioInvalidResourceName", ""},
    // versitygw keeps files, and takes a key for a path.
    {"versitygw", "double//slash", "", "double/slash"},
    {"versitygw", "slash/", "DirectoryObjectContainsData", ""},
    {"versitygw", "/absolute", "", "absolute"},
    {"versitygw", "dot/./inside", "", "dot/inside"},
    {"versitygw", "up/../inside", "", "inside"},
    {"versitygw", "./begin", "", "begin"},
    {"versitygw", "../begin", "", ""},  // outside of the test's own prefix
    {"versitygw", "end/..", "ExistingObjectIsDirectory", ""},
    {"versitygw", "end/.", "", "end"},
    // It writes control characters as they are, which XML cannot carry.
    {"versitygw", "bell\arings", "", "bell\xef\xbf\xbdrings"},
    {"versitygw", "unit\x1fsplit", "", "unit\xef\xbf\xbdsplit"},
    {"versitygw", "\xef\xbf\xbf noncharacter", "", "\xef\xbf\xbd noncharacter"},
};

TEST_P(Contract, KeepsRareKeysOrIsKnownNotTo) {
  put("stays", "x");
  for (const std::string& name : rare_keys) {
    SCOPED_TRACE(testing::PrintToString(name));
    auto odd = std::ranges::find_if(oddities, [&](const Oddity& oddity) {
      return oddity.backend == GetParam().name && oddity.key == name;
    });
    try {
      put(name, "content of " + name);
      EXPECT_TRUE(odd == oddities.end() || odd->refused.empty()) << "it is taken by now";
    } catch (const Error& error) {
      std::string said = error.details().server_code.empty() ? std::string(to_string(error.code()))
                                                             : error.details().server_code;
      EXPECT_TRUE(odd != oddities.end() && odd->refused == said) << error.what();
      continue;
    }
    EXPECT_EQ(read(name), "content of " + name);
    EXPECT_EQ(store().head(key(name)).key, key(name));
    std::string listed = odd == oddities.end() ? name : odd->listed;
    if (listed.empty()) {
      EXPECT_THAT(names(), testing::ElementsAre("stays"));
    } else {
      EXPECT_THAT(names(), testing::UnorderedElementsAre(listed, "stays"));
    }
    store().copy(key(name), key("copied"));
    EXPECT_EQ(read("copied"), "content of " + name);
    auto failed = store().remove_each(std::vector<std::string>{key(name), key("copied")});
    EXPECT_TRUE(failed.empty()) << failed.front().error.what();
    EXPECT_THAT(names(), testing::ElementsAre("stays"));
  }
}

TEST_P(Contract, KeepsTheLongestKeys) {
  if (!GetParam().s3) GTEST_SKIP() << "the limit is that of S3";
  constexpr std::size_t most = 1024;
  std::string name = std::string(200, 'a') + "/" + std::string(200, 'b') + "/" + std::string(200, 'c') + "/" +
                     std::string(200, 'd') + "/";
  name += std::string(most - key(name).size(), 'e');
  put(name, "x");
  EXPECT_EQ(read(name), "x");
  EXPECT_THAT(names(), testing::ElementsAre(name));
  EXPECT_EQ(code_of([&] { put(name + "f", "x"); }), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of([&] { put("\xff\xfe is not UTF-8", "x"); }), ErrorCode::invalid_argument);
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
