# frozen_string_literal: true

require 'socket.so'

module PilotlightRuntime
  # The client's side of the Runtime API: HTTP/1.1 over one kept connection, on a bare socket. A response and
  # the poll for the next event leave in one write: the server answers pipelined requests in order, and so one
  # round trip a call is saved.
  class RuntimeApi
    class ProtocolError < StandardError; end

    PREFIX = '/2018-06-01/runtime/'
    RECEIVE_SIZE = 65_536
    MAX_HEAD_SIZE = 1 << 20
    # A larger body may be refused before it was read, which closes the connection: it travels alone.
    MAX_PIPELINED_SIZE = 1 << 18
    LOST = [SystemCallError, IOError, ProtocolError].freeze

    def initialize(address)
      host, _, port = address.rpartition(':')
      @host = host.empty? ? '127.0.0.1' : host.delete('[]')
      @port = Integer(port)
      @request_head = " HTTP/1.1\r\nHost: #{address}\r\n"
      @get_next = "GET #{PREFIX}invocation/next#{@request_head}\r\n".b
      @socket = nil
      @pending = ''.b
    end

    # The body of the answer to a plain GET.
    def get(path)
      send_bytes("GET #{path}#{@request_head}\r\n".b)
      status, _, body = read_response
      raise ProtocolError, "The Runtime API answered #{path} with #{status}." if status != 200

      body
    end

    # Waits for an event: its headers (lower-case names) and its body.
    def next_event
      failures = 0
      begin
        send_bytes(@get_next)
        read_event
      rescue *LOST
        close
        failures += 1
        raise if failures == 3

        retry
      end
    end

    # Posts what became of an invocation ('response' or 'error'), then waits for the next event.
    def answer(kind, request_id, body, headers)
      request = request_for("invocation/#{request_id}/#{kind}", body, headers)
      if body.bytesize > MAX_PIPELINED_SIZE
        deliver(request)
        return next_event
      end
      2.times do
        begin
          send_bytes(request + @get_next)
          read_response
        rescue *LOST
          # The connection had been closed while the handler ran. Should the first post have arrived after
          # all, the second is refused, which harms nothing.
          close
          next
        end
        begin
          return read_event if @socket
        rescue *LOST
          close
        end
        break
      end
      next_event
    end

    # Posts something that no event follows.
    def post(path, body, headers)
      deliver(request_for(path, body, headers))
    end

    private

    def request_for(path, body, headers)
      head = "POST #{PREFIX}#{path}#{@request_head}#{headers}Content-Length: #{body.bytesize}\r\n\r\n".b
      head << body.b
    end

    def deliver(request)
      2.times do
        begin
          send_bytes(request)
        rescue *LOST
          # A refused body (413) ends the connection, but its answer may already be here: it counts.
          is_answered = answered?
          close
          return if is_answered

          next
        end
        begin
          read_response
          return
        rescue *LOST
          close
        end
      end
    end

    def answered?
      read_response
      true
    rescue *LOST
      false
    end

    def send_bytes(bytes)
      if @socket.nil?
        socket = TCPSocket.new(@host, @port)
        socket.setsockopt(Socket::IPPROTO_TCP, Socket::TCP_NODELAY, 1)
        @pending = ''.b
        @socket = socket
      end
      @socket.write(bytes)
    end

    def close
      @socket&.close
      @socket = nil
    end

    def read_event
      status, headers, body = read_response
      if status != 200 || !headers['lambda-runtime-aws-request-id']
        raise ProtocolError, "The Runtime API answered 'next' with #{status}: #{body[0, 500]}"
      end

      [headers, body]
    end

    def read_response
      status, headers = read_head
      status, headers = read_head while status < 200
      body = read_body(status, headers)
      close if headers['connection']&.downcase == 'close'
      [status, headers, body]
    end

    def read_head
      until (finish = @pending.index("\r\n\r\n"))
        raise ProtocolError, "The Runtime API's headers do not end." if @pending.bytesize > MAX_HEAD_SIZE

        receive
      end
      first, *lines = @pending.byteslice(0, finish).force_encoding(Encoding::UTF_8).scrub.split("\r\n")
      @pending = @pending.byteslice(finish + 4, @pending.bytesize)
      match = %r{\AHTTP/1\.\d (\d{3})}.match(first)
      raise ProtocolError, "Not an HTTP status line: #{first.to_s[0, 100]}" if match.nil?

      headers = lines.to_h do |line|
        name, _, value = line.partition(':')
        [name.downcase, value.strip]
      end
      [Integer(match[1], 10), headers]
    end

    def read_body(status, headers)
      if headers.key?('transfer-encoding')
        read_chunks
      elsif (length = headers['content-length'])
        raise ProtocolError, 'A content length that is no number.' unless length.match?(/\A\d+\z/)

        take(Integer(length, 10))
      elsif [204, 304].include?(status)
        ''.b
      else
        read_to_end
      end
    end

    def take(count)
      missing = count - @pending.bytesize
      while missing.positive?
        missing -= receive([missing, RECEIVE_SIZE].max)
      end
      taken = @pending.byteslice(0, count)
      @pending = @pending.byteslice(count, @pending.bytesize)
      taken
    end

    def read_chunks
      body = ''.b
      loop do
        size = read_line[/\A[0-9a-fA-F]+/]
        raise ProtocolError, 'A chunk without a size.' if size.nil?

        count = size.to_i(16)
        break if count.zero?

        body << take(count)
        raise ProtocolError, 'A chunk longer than its size.' unless read_line.empty?
      end
      nil until read_line.empty?
      body
    end

    def read_line
      until (finish = @pending.index("\r\n"))
        raise ProtocolError, 'A line of the Runtime API does not end.' if @pending.bytesize > MAX_HEAD_SIZE

        receive
      end
      line = @pending.byteslice(0, finish)
      @pending = @pending.byteslice(finish + 2, @pending.bytesize)
      line
    end

    def read_to_end
      body = @pending
      @pending = ''.b
      body << @socket.readpartial(RECEIVE_SIZE) while true
    rescue EOFError
      close
      body
    end

    # Waits for more bytes; how many came.
    def receive(at_most = RECEIVE_SIZE)
      data = @socket.readpartial(at_most)
      @pending << data
      data.bytesize
    end
  end
end
