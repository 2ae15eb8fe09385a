// Downloads with libcurl: transfers that resume, tries of several addresses, and checks of what
// arrived.
#include "data/download.hpp"

#include "framework/base/error.hpp"
#include "framework/base/status_line.hpp"
#include "framework/io/descriptor.hpp"
#include "framework/io/system_failure.hpp"

#include <array>
#include <cerrno>
#include <memory>
#include <optional>
#include <span>
#include <system_error>

#include <curl/curl.h>
#include <fmt/format.h>

namespace credence::data {
namespace {

namespace fs = std::filesystem;

using Curl = std::unique_ptr<CURL, void (*)(CURL*)>;

constexpr std::string_view kMnistUrls[] = {"https://ossci-datasets.s3.amazonaws.com/mnist/",
                                           "https://storage.googleapis.com/cvdf-datasets/mnist/"};
constexpr std::string_view kFashionMnistUrls[] = {
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"};
constexpr std::string_view kCifar10Urls[] = {"https://www.cs.toronto.edu/~kriz/"};

// A transfer, for libcurl's callbacks.
struct Transfer {
  const RemoteFile& file;
  const io::Descriptor& target;
  std::uint64_t bytes;  // in the target, with those of earlier transfers
  StatusLine& line;
  bool too_long = false;
  int write_error = 0;  // the errno value of a failed write
};

std::size_t take_bytes(const char* data, std::size_t, std::size_t count, Transfer* transfer) {
  if (transfer->bytes + count > transfer->file.bytes) {
    transfer->too_long = true;
    return 0;
  }
  transfer->write_error = io::write_all(transfer->target, std::as_bytes(std::span(data, count)));
  if (transfer->write_error != 0) return 0;
  transfer->bytes += count;
  return count;
}

int show_progress(Transfer* transfer, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  if (transfer->bytes == 0 || !transfer->line.due()) return 0;
  const double share =
      static_cast<double>(transfer->bytes) / static_cast<double>(transfer->file.bytes);
  transfer->line.show(
      bar_text("download", transfer->file.name, share,
               {fmt::format("{} of {} KiB", transfer->bytes / 1024, transfer->file.bytes / 1024)},
               transfer->line.columns()));
  return 0;
}

// libcurl needs this once, before any other call.
void initialize_curl() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK)
    throw Error(fmt::format("[download] libcurl: {}", curl_easy_strerror(code)));
}

std::uint64_t size_or_zero(const fs::path& path) {
  std::error_code missing;
  const std::uint64_t bytes = fs::file_size(path, missing);
  return missing ? 0 : bytes;
}

// The end of a transfer: success, or the problem.
struct Outcome {
  std::optional<std::string> problem;
  bool keep_part = false;  // whether a later attempt can use the bytes so far
  bool cannot_resume = false;
};

Outcome transfer_to(const fs::path& part, const std::string& url, const RemoteFile& file,
                    const DownloadOptions& options) {
  initialize_curl();
  const io::Descriptor target = io::Descriptor::open(part, O_WRONLY | O_CREAT | O_APPEND);
  if (!target) io::fail(part, "cannot be written", errno);
  const Curl curl(curl_easy_init(), &curl_easy_cleanup);
  if (!curl) throw Error("[download] libcurl cannot start a transfer");
  const std::uint64_t start = size_or_zero(part);
  StatusLine line(options.progress);
  Transfer transfer{file, target, start, line};
  std::array<char, CURL_ERROR_SIZE> message{};
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https,file");
  // What begins encrypted stays encrypted.
  curl_easy_setopt(curl.get(), CURLOPT_REDIR_PROTOCOLS_STR,
                   url.starts_with("https:") ? "https" : "http,https");
  curl_easy_setopt(curl.get(), CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_MAXREDIRS, 5L);
  curl_easy_setopt(curl.get(), CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT, long{options.connect_timeout_seconds});
  // A transfer slower than a byte a second for half a minute has stalled.
  curl_easy_setopt(curl.get(), CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_LOW_SPEED_TIME, 30L);
  curl_easy_setopt(curl.get(), CURLOPT_ERRORBUFFER, message.data());
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &take_bytes);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(curl.get(), CURLOPT_NOPROGRESS, line.shows() ? 0L : 1L);
  curl_easy_setopt(curl.get(), CURLOPT_XFERINFOFUNCTION, &show_progress);
  curl_easy_setopt(curl.get(), CURLOPT_XFERINFODATA, &transfer);
  curl_easy_setopt(curl.get(), CURLOPT_RESUME_FROM_LARGE, static_cast<curl_off_t>(start));
  const CURLcode code = curl_easy_perform(curl.get());
  line.erase();

  if (transfer.write_error != 0) io::fail(part, "cannot be written", transfer.write_error);
  if (transfer.too_long) {
    return {fmt::format("more than the expected {} bytes", file.bytes), false, start > 0};
  }
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  constexpr long kRangeNotSatisfiable = 416;
  if (code == CURLE_RANGE_ERROR || code == CURLE_BAD_DOWNLOAD_RESUME ||
      status == kRangeNotSatisfiable) {
    return {"cannot go on from a partial file", false, start > 0};
  }
  if (code != CURLE_OK) {
    return {message[0] != '\0' ? std::string(message.data()) : curl_easy_strerror(code), true,
            false};
  }
  if (transfer.bytes != file.bytes) {
    return {fmt::format("{} bytes, expected {}", transfer.bytes, file.bytes), false, start > 0};
  }
  return {};
}

// Tries one address. Returns nothing where `part` is complete and intact, else the problem.
std::optional<std::string> try_address(const fs::path& part, const std::string& url,
                                       const RemoteFile& file, const DownloadOptions& options) {
  if (size_or_zero(part) > file.bytes) fs::remove(part);
  const bool resuming = size_or_zero(part) > 0;
  Outcome outcome;
  if (size_or_zero(part) < file.bytes) outcome = transfer_to(part, url, file, options);
  if (!outcome.problem) {
    if (is_intact(part, file)) return std::nullopt;
    outcome = {fmt::format("wrong {} checksum", file.sha256.empty() ? "MD5" : "SHA-256"), false,
               resuming};
  }
  if (!outcome.keep_part) fs::remove(part);
  // The bytes of an earlier transfer may be the fault, so the transfer starts again from the
  // beginning.
  if (outcome.cannot_resume) return try_address(part, url, file, options);
  return outcome.problem;
}

}  // namespace

std::vector<std::string> default_urls(std::string_view dataset) {
  if (dataset == "mnist") return {std::begin(kMnistUrls), std::end(kMnistUrls)};
  if (dataset.starts_with("cifar")) return {std::begin(kCifar10Urls), std::end(kCifar10Urls)};
  return {std::begin(kFashionMnistUrls), std::end(kFashionMnistUrls)};
}

fs::path fetch(const RemoteFile& file, const fs::path& folder, const DownloadOptions& options) {
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (failure)
    throw FileError(folder.string(), fmt::format("cannot be made: {}", failure.message()));
  const fs::path path = folder / file.name;
  if (fs::exists(path) && is_intact(path, file)) return path;
  const fs::path part = folder / (file.name + ".part");
  std::string problems;
  for (const std::string& base : options.base_urls) {
    const std::string url = base + file.name;
    const auto problem = try_address(part, url, file, options);
    if (!problem) {
      fs::rename(part, path, failure);
      if (failure) io::fail(path, "cannot be written", failure.value());
      return path;
    }
    problems += fmt::format("{}{}: {}", problems.empty() ? "" : "; ", url, *problem);
  }
  // An empty file is not left behind.
  if (size_or_zero(part) == 0) fs::remove(part);
  throw Error(fmt::format("[download] cannot fetch {}: {}", file.name,
                          problems.empty() ? "no address was given" : problems));
}

fs::path download(std::string_view dataset, const fs::path& dir, const DownloadOptions& options) {
  const auto files = remote_files(dataset);
  DownloadOptions settings = options;
  if (settings.base_urls.empty()) settings.base_urls = default_urls(dataset);
  const fs::path folder = dir / dataset;
  for (const RemoteFile& file : files) fetch(file, folder, settings);
  return folder;
}

}  // namespace credence::data
