# frozen_string_literal: true

# Stands before the standard library's `logger`: loads that, then lets a Logger on standard output write to
# Lambda's log, with the request id. In a child process, which has no runtime, it is the plain logger.
real = $LOAD_PATH.map { |folder| File.join(folder.to_s, 'logger.rb') }
                 .find { |file| File.file?(file) && File.realpath(file) != File.realpath(__FILE__) }
raise LoadError, 'cannot load such file -- logger' if real.nil?

require real

if defined?(PilotlightRuntime::LogSink)
  module PilotlightRuntime
    # The log device and the format of Loggers that name no other.
    module LoggerOnSink
      # Enough of Logger::LogDevice for Logger.
      class Device < ::Logger::LogDevice
        def initialize; end # rubocop:disable Lint/MissingSuper

        def write(message)
          LogSink.current.write(message)
        end

        def reopen(_log = nil); end

        def close; end
      end

      class Formatter < ::Logger::Formatter
        def call(severity, time, progname, message)
          format(
            "%s, [%s #%d] %5s %s -- %s: %s\n",
            severity[0], time.strftime('%Y-%m-%dT%H:%M:%S.%6N'), Process.pid, severity, LogSink.request_id, progname,
            msg2str(message))
        end
      end

      def initialize(device = nil, *arguments, **options)
        is_ours = device.nil? || device == $stdout || device == $stderr
        super(is_ours ? Device.new : device, *arguments, **options)
        @default_formatter = Formatter.new if is_ours
      end
    end
  end

  Logger.prepend(PilotlightRuntime::LoggerOnSink)
end
