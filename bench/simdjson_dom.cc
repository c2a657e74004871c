// Loads and parses one JSON file, or the lines of one .jsonl, into simdjson's DOM: the yardstick of
// the benchmark.
#include <cstdio>
#include <string_view>

#include <simdjson.h>

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: simdjson_dom FILE\n", stderr);
    return 2;
  }
  simdjson::dom::parser parser;
  simdjson::error_code error = simdjson::SUCCESS;
  if (std::string_view(argv[1]).ends_with(".jsonl")) {
    simdjson::dom::document_stream lines;
    error = parser.load_many(argv[1]).get(lines);
    for (auto line = lines.begin(); error == simdjson::SUCCESS && line != lines.end(); ++line) {
      error = (*line).error();
    }
  } else {
    simdjson::dom::element root;
    error = parser.load(argv[1]).get(root);
  }
  if (error != simdjson::SUCCESS) std::fputs(simdjson::error_message(error), stderr);
  return error == simdjson::SUCCESS ? 0 : 1;
}
