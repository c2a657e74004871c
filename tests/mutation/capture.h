// A real dump taken apart: what the mutations work on and what must be true of every one of them.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "xdscope/trace.h"

namespace xdscope::mutation {

using Json = nlohmann::ordered_json;

// One entry of a list of a section, found without the library.
struct Entry {
  std::size_t section = 0;  // index into configs
  std::string list;         // "dynamic_active_clusters"
  std::size_t index = 0;
  std::string body;   // JSON pointer of the resource inside the entry: "/cluster"
  std::string name;   // of the resource
  std::string table;  // the table that shows it
};

// Rows of a table, each cell joined: how often each one stands there.
using Rows = std::map<std::string, int>;

// What the library said about a dump.
struct Answers {
  std::map<std::string, Rows> tables;              // absent where the table was refused
  std::vector<std::optional<TraceResult>> traces;  // one for each request
  std::map<std::string, std::string> findings;     // fingerprint -> "RT001 object"
  std::vector<std::string> problems;
};

struct Capture {
  std::string name;
  Json dump;
  std::vector<Entry> entries;
  std::vector<Rows> rows;  // those of each entry in its table, when it is alone in a dump
  std::vector<TraceRequest> requests;
  Answers base;
};

// Every config_dump.json in the folders below `data`/captures, or those of `samples`.
std::vector<std::filesystem::path> find_captures(const std::filesystem::path& data,
                                                 const std::filesystem::path& samples);

// Fails (nothing) where the capture's rows do not add up to its tables; says so.
std::optional<Capture> read_capture(const std::filesystem::path& path,
                                    const std::filesystem::path& data);

// What the library says about a text; nothing where it does not load it, with the error's words.
std::optional<Answers> ask(const std::string& text, const std::vector<TraceRequest>& requests,
                           std::string& error);

}  // namespace xdscope::mutation
