#include <gtest/gtest.h>

#include "wheelyard/base/error.hpp"
#include "wheelyard/base/xml.hpp"
#include "wheelyard/base/xml_reader.hpp"

namespace wheelyard {
namespace {

TEST(Xml, ReadsAListing) {
  const XmlNode root = parse_xml(R"(<?xml version="1.0" encoding="UTF-8"?>
    <s3:ListBucketResult xmlns:s3="http://s3.example/doc/">
      <IsTruncated>false</IsTruncated>
      <Contents><Key> a &amp; b&#x41;<![CDATA[<c>]]></Key><Size>3</Size></Contents>
      <Contents><Key> </Key></Contents><!-- comment -->
    </s3:ListBucketResult>)",
                                 "the listing");
  EXPECT_EQ(root.name, "ListBucketResult");
  ASSERT_EQ(root.children.size(), 3u);
  EXPECT_EQ(root.child_text("IsTruncated"), "false");
  EXPECT_EQ(root.child("Contents")->child_text("Key"), " a & bA<c>");
  EXPECT_EQ(root.children[2].child_text("Key"), " ");
  EXPECT_EQ(root.child("Nothing"), nullptr);
  EXPECT_EQ(root.child_text("Nothing"), "");
}

TEST(Xml, RefusesWhatIsMalformedOrHostile) {
  const std::string bomb = R"(<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>)";
  std::string deep;
  for (int i = 0; i < 65; ++i) deep += "<a>";
  for (int i = 0; i < 65; ++i) deep += "</a>";
  std::string wide = "<a>";
  for (int i = 0; i < 600'000; ++i) wide += "<b/>";
  wide += "</a>";
  for (const std::string& bad :
       {std::string(), std::string("text"), std::string("<a>"), std::string("<a></b>"),
        std::string("<a/><b/>"), std::string("<a/>x"), std::string("<a>\0</a>", 8), bomb, deep, wide,
        std::string((16u << 20) + 1, ' ')}) {
    try {
      parse_xml(bad, "the answer");
      ADD_FAILURE() << bad.substr(0, 60);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::corrupted);
    }
  }
  EXPECT_NO_THROW(parse_xml(deep.substr(3, deep.size() - 7), "nested 64 deep"));
}

/// "(" a name, its text in quotes, ")".
std::string events_of(std::string_view text) {
  XmlReader reader(text, "the answer");
  std::string events;
  for (auto event = reader.next(); event != XmlReader::Event::end; event = reader.next()) {
    if (event == XmlReader::Event::open) {
      events += "(" + std::string(reader.name());
    } else {
      events += (reader.text().empty() ? "" : "'" + std::string(reader.text()) + "'") + ")";
    }
  }
  return events;
}

TEST(XmlReader, GivesElementsOneByOne) {
  EXPECT_EQ(events_of(R"(<?xml version="1.0" encoding="UTF-8"?>
<s3:List xmlns:s3="http://s3.example/a>b/"><Key> a &amp; b&#x41;<![CDATA[<c>&amp;]]></Key><Empty/><Size x='/'>3</Size></s3:List>
<!-- - > comment -->)"),
            "(List(Key' a & bA<c>&amp;')(Empty)(Size'3'))");
  EXPECT_EQ(events_of("\xEF\xBB\xBF<a>1\r\n2\r3<!-- x -->4&#13;&#233;&#8364;&#128512;&b;&</a>"),
            "(a'1\n2\n34\r\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80&b;&')");
  EXPECT_EQ(events_of("<a>before<b/>after</a >"), "(a(b)'after')");
}

TEST(XmlReader, RefusesWhatIsMalformedOrHostile) {
  std::string deep;
  for (int i = 0; i < 65; ++i) deep += "<a>";
  std::string closing;
  for (int i = 0; i < 65; ++i) closing += "</a>";
  for (const std::string& bad : {std::string(),
                                 std::string("text"),
                                 std::string("<a>"),
                                 std::string("<a></b>"),
                                 std::string("<a/><b/>"),
                                 std::string("<a/>x"),
                                 std::string("x<a/>"),
                                 std::string("<a>\0</a>", 8),
                                 std::string("<!DOCTYPE x><x/>"),
                                 std::string("<a><![CDATA[x</a>"),
                                 std::string("<a><!-- x</a>"),
                                 std::string("<a b='></a>"),
                                 std::string("<a <b/>></a>"),
                                 std::string("<></>"),
                                 std::string("</a>"),
                                 std::string("<a></a x>"),
                                 std::string("<a"),
                                 std::string("<![CDATA[x]]><a/>"),
                                 deep + closing,
                                 std::string((16u << 20) + 1, ' ')}) {
    try {
      const std::string events = events_of(bad);
      ADD_FAILURE() << bad.substr(0, 60) << ": " << events;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::corrupted);
    }
  }
  EXPECT_NO_THROW(events_of((deep + closing).substr(3, deep.size() + closing.size() - 7)));
}

TEST(Xml, AnEntityOfItsOwnStaysAsItStands) {
  EXPECT_EQ(parse_xml("<a>&b;</a>", "x").text, "&b;");
}

TEST(Xml, Escapes) {
  const std::string text = "a<b>&\"'\r\n";
  EXPECT_EQ(xml_escape(text), "a&lt;b&gt;&amp;&quot;&apos;&#13;\n");
  EXPECT_EQ(parse_xml("<a>" + xml_escape(text) + "</a>", "x").text, text);
}

}  // namespace
}  // namespace wheelyard
