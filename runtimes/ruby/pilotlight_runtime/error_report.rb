# frozen_string_literal: true

module PilotlightRuntime
  # One error, as the caller is told, as the log says it, and as X-Ray wants it. Loaded when needed.
  class ErrorReport
    MAX_FRAMES = 100
    # Servers bound the size of all headers together; beyond this the cause is not worth the risk.
    MAX_CAUSE_SIZE = 8192
    OWN_FOLDER = "#{File.dirname(__dir__)}/"

    attr_reader :body

    # `kind` is what was going on: Function, Runtime or Init.
    def initialize(error, kind)
      explain(error)
      @type = "#{kind}<#{error.class}>"
      @message = text_of(error)
      @trace = user_frames(error)
      @told = { errorMessage: @message, errorType: @type, stackTrace: @trace }
      @body = JSON.generate(@told)
    end

    def headers
      type = @type.gsub(/[^\x20-\x7e]/, '?')
      "Content-Type: application/json\r\nLambda-Runtime-Function-Error-Type: #{type}\r\n#{cause_header}"
    end

    def log(sink, title)
      if ENV['AWS_LAMBDA_LOG_FORMAT']&.upcase == 'JSON'
        now = Time.now.utc
        record = { timestamp: now.strftime('%Y-%m-%dT%H:%M:%S.%LZ'), level: 'ERROR', requestId: LogSink.request_id.to_s }
        sink.write(JSON.generate(record.merge(@told)), LogSink.frame_type(LogSink::JSON_FORMAT, 'ERROR'))
      else
        sink.write(title, LogSink.frame_type(LogSink::TEXT, 'ERROR'))
        sink.write(JSON.pretty_generate(@told), LogSink.frame_type(LogSink::TEXT, 'ERROR'))
      end
    end

    private

    # Ruby adds its hints ("Did you mean?") to messages when they are asked for, if these are loaded.
    def explain(error)
      return unless error.is_a?(NameError) || error.is_a?(KeyError)

      %w[did_you_mean error_highlight].each do |library|
        Kernel.require(library)
      rescue LoadError
        next
      end
    end

    def text_of(error)
      error.message.to_s.encode(Encoding::UTF_8, invalid: :replace, undef: :replace).scrub
    rescue StandardError
      ''
    end

    def user_frames(error)
      frames = (error.backtrace || []).reject { |frame| frame.start_with?(OWN_FOLDER, '<internal:') }
      frames.first(MAX_FRAMES).map(&:scrub)
    end

    def cause_header
      frames = @trace
      loop do
        cause = JSON.generate(cause_of(frames), ascii_only: true)
        return "Lambda-Runtime-Function-XRay-Error-Cause: #{cause}\r\n" if cause.bytesize <= MAX_CAUSE_SIZE
        return '' if frames.empty?

        frames = frames.first(frames.size / 2)
      end
    end

    def cause_of(frames)
      stack = frames.map do |frame|
        path, line, label = frame.split(':', 3)
        { label: label.to_s[/['`](.*)'/, 1].to_s, path: path, line: line.to_i }
      end
      {
        working_directory: Dir.pwd, paths: stack.map { |frame| frame[:path] }.uniq,
        exceptions: [{ type: @type, message: @message, stack: stack }]
      }
    end
  end
end
