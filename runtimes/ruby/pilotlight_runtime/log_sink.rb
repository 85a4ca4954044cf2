# frozen_string_literal: true

module PilotlightRuntime
  # Where log events go: a framed descriptor, so that an event may span lines, or standard output.
  class LogSink
    TEXT = 0xA55A0003
    JSON_FORMAT = 0xA55A0002
    LEVELS = { 'TRACE' => 1, 'DEBUG' => 2, 'INFO' => 3, 'WARN' => 4, 'ERROR' => 5, 'FATAL' => 6 }.freeze

    class << self
      attr_accessor :current
      # The invocation at hand.
      attr_accessor :request_id

      def frame_type(format, level = nil)
        format | (LEVELS.fetch(level, 0) << 2)
      end
    end

    def initialize
      # Gone before user code runs: the descriptor is ours alone.
      descriptor = ENV.delete('_LAMBDA_TELEMETRY_LOG_FD')
      return unless descriptor&.match?(/\A\d+\z/)

      @file = IO.for_fd(Integer(descriptor, 10), 'wb', autoclose: false)
      @file.sync = true
      @file.close_on_exec = true
      take_over_puts
    end

    def framed?
      !@file.nil?
    end

    def write(message, type = TEXT)
      text = message.encode(Encoding::UTF_8, invalid: :replace, undef: :replace).scrub
      if @file
        microseconds = Process.clock_gettime(Process::CLOCK_REALTIME, :microsecond)
        # One write: it holds the file's own lock, so that threads' frames do not mix.
        @file.write([type, text.bytesize, microseconds].pack('L>L>Q>') << text.b)
      else
        $stdout.write(text.end_with?("\n") ? text : "#{text}\n")
      end
    end

    private

    # A plain `puts` is one event, however many lines it has.
    def take_over_puts
      Kernel.module_eval do
        def puts(*values)
          return $stdout.puts(*values) unless $stdout.equal?(STDOUT)

          PilotlightRuntime::LogSink.current.write(values.flatten.map(&:to_s).join("\n"))
          nil
        end
        private :puts
      end
    end
  end
end
