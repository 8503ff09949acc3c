// Reads an index page from stdin and writes it anew: page_probe FROM TO PROJECT, each of FROM and TO html or
// json. A page that cannot be read: the error's code and sentence on stderr, exit 1.
#include <cstdio>
#include <iostream>
#include <iterator>
#include <string>

#include "wheelyard/base/error.hpp"
#include "wheelyard/index/page_html.hpp"
#include "wheelyard/index/page_json.hpp"

int main(int argc, char** argv) {
  using namespace wheelyard;
  if (argc != 4) {
    std::cerr << "usage: page_probe html|json html|json PROJECT < page\n";
    return 2;
  }
  const std::string from = argv[1];
  const std::string to = argv[2];
  const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
  try {
    auto page = from == "html" ? index::project_from_html(text, argv[3], "stdin")
                               : index::project_from_json(text, "stdin");
    std::cout << (to == "html" ? index::to_html(page) : index::to_json(page));
  } catch (const Error& error) {
    std::cerr << to_string(error.code()) << ": " << error.what() << '\n';
    return 1;
  }
}
