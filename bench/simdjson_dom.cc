// Loads and parses one JSON file into simdjson's DOM: the yardstick of the benchmark.
#include <cstdio>

#include <simdjson.h>

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: simdjson_dom FILE\n", stderr);
    return 2;
  }
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  const auto error = parser.load(argv[1]).get(root);
  if (error != simdjson::SUCCESS) std::fputs(simdjson::error_message(error), stderr);
  return error == simdjson::SUCCESS ? 0 : 1;
}
