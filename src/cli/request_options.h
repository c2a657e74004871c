// A request on the command line.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "xdscope/trace.h"

namespace xdscope::cli {

struct RequestOptions {
  std::vector<std::string> words;  // [TARGET] [METHOD] URL
  std::vector<std::string> headers;
  std::string to;
  std::string from;
  std::optional<std::string> sni;
  std::vector<std::string> alpn;
  std::string source;
  std::optional<std::string> identity;
  std::string access_log_line;

  // `what` names the positional words for the help; at most `most` are taken.
  void add_to(CLI::App& command, const std::string& what = "[METHOD] URL", int most = 3);
  // Whether any request was given.
  bool given() const { return !words.empty() || !access_log_line.empty(); }
  // Takes the proxy out of `words`, where it stands in front of the request and is not named
  // elsewhere: then a lone word that could be a URL without its scheme is the proxy.
  std::optional<std::string> take_target(bool is_named);
  // The request, as far as it was given. Fails for what is no request.
  Result<TraceRequest> request() const;

 private:
  Result<void> add_connection(TraceRequest& request) const;
};

}  // namespace xdscope::cli
