// A small HTTP server for the tests of downloads.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace credence::test {

/// Serves one file's bytes over HTTP on a loopback port, one request after another.
class HttpServer {
 public:
  struct Options {
    bool ranges = true;           ///< answers range requests with the part asked for
    std::size_t break_after = 0;  ///< breaks the first answer off after so many bytes; 0: never
  };

  HttpServer(std::string bytes, Options options) : bytes_(std::move(bytes)), options_(options) {
    listener_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (listener_ < 0 || bind(listener_, generic, length) != 0 || listen(listener_, 4) != 0 ||
        getsockname(listener_, generic, &length) != 0) {
      throw std::runtime_error("cannot listen on a loopback port");
    }
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/";
    thread_ = std::thread([this] { serve(); });
  }
  ~HttpServer() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  const std::string& url() const { return url_; }
  int requests() const { return requests_; }
  /// The number of bytes of the file that all answers sent.
  std::size_t sent() const { return sent_; }

 private:
  void serve() {
    for (int client = accept(listener_, nullptr, nullptr); client >= 0;
         client = accept(listener_, nullptr, nullptr)) {
      answer(client);
      close(client);
    }
  }

  void answer(int client) {
    std::string request;
    char buffer[1024];
    while (request.find("\r\n\r\n") == std::string::npos) {
      const ssize_t got = recv(client, buffer, sizeof(buffer), 0);
      if (got <= 0) return;
      request.append(buffer, static_cast<std::size_t>(got));
    }
    const std::string range = "Range: bytes=";
    const std::size_t place = request.find(range);
    std::size_t start = 0;
    std::string status = "200 OK\r\n";
    if (options_.ranges && place != std::string::npos) {
      start = std::strtoull(request.c_str() + place + range.size(), nullptr, 10);
      status = "206 Partial Content\r\nContent-Range: bytes " + std::to_string(start) + "-" +
               std::to_string(bytes_.size() - 1) + "/" + std::to_string(bytes_.size()) + "\r\n";
      if (start >= bytes_.size()) {
        send_all(client, "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0\r\n\r\n");
        return;
      }
    }
    const std::size_t rest = bytes_.size() - start;
    std::size_t count = rest;
    if (requests_++ == 0 && options_.break_after > 0) count = std::min(count, options_.break_after);
    sent_ += count;
    send_all(client, "HTTP/1.1 " + status + "Content-Length: " + std::to_string(rest) +
                         "\r\nConnection: close\r\n\r\n" + bytes_.substr(start, count));
  }

  static void send_all(int client, const std::string& text) {
    std::size_t done = 0;
    while (done < text.size()) {
      const ssize_t sent = send(client, text.data() + done, text.size() - done, MSG_NOSIGNAL);
      if (sent <= 0) return;
      done += static_cast<std::size_t>(sent);
    }
  }

  std::string bytes_;
  Options options_;
  int listener_ = -1;
  std::string url_;
  std::atomic<int> requests_{0};
  std::atomic<std::size_t> sent_{0};
  std::thread thread_;
};

}  // namespace credence::test
