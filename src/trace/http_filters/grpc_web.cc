// gRPC-Web made gRPC (envoy: source/extensions/filters/http/grpc_web/grpc_web_filter.cc).
#include <algorithm>
#include <array>

#include "trace/http_filters/http_filter.h"

namespace xdscope::trace {
namespace {

constexpr std::array kContentTypes = std::to_array<std::string_view>(
    {"application/grpc-web", "application/grpc-web+proto", "application/grpc-web-text",
     "application/grpc-web-text+proto"});

class GrpcWebFilter final : public HttpFilter {
 public:
  FilterVerdict run(FilterInput& input, bool) const override {
    FilterVerdict verdict;
    const std::string* type = input.request.first("content-type");
    if (type == nullptr || std::ranges::find(kContentTypes, *type) == kContentTypes.end()) {
      return verdict;
    }
    auto request = std::make_shared<HttpRequest>(input.request);
    request->set("content-type", "application/grpc");
    request->set("te", "trailers");
    request->set_unknown("grpc-accept-encoding");
    verdict.request = std::move(request);
    return verdict;
  }
};

}  // namespace

std::unique_ptr<HttpFilter> make_grpc_web_filter(const FilterSetup&) {
  return std::make_unique<GrpcWebFilter>();
}

}  // namespace xdscope::trace
