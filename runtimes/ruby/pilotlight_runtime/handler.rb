# frozen_string_literal: true

module PilotlightRuntime
  # What `_HANDLER` names: FILE.METHOD or FILE.CLASS.METHOD.
  class Handler
    def initialize(name)
      parts = name.to_s.split('.')
      unless [2, 3].include?(parts.size)
        raise ArgumentError,
              "Invalid handler #{name}, must be of form FILENAME.METHOD or FILENAME.CLASS.METHOD where FILENAME " \
              'corresponds with an existing Ruby source file FILENAME.rb, CLASS is an optional module/class ' \
              'namespace and METHOD is a callable method. If using CLASS, METHOD must be a class-level method.'
      end
      @file = parts.first
      @class_name = parts[1] if parts.size == 3
      @method_name = parts.last
    end

    def load
      Kernel.require(@file)
    end

    def call(event, context)
      target = @class_name ? Object.const_get(@class_name) : self
      target.__send__(@method_name, event: event, context: context)
    end
  end
end
