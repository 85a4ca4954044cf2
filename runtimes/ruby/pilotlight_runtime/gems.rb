# frozen_string_literal: true

# RubyGems when it is first needed: a name that plain `require` does not find, the constant, or `gem`.
# A function that brings or borrows gems (its own bundle, a layer's) has it from the start, because gems may
# replace parts of the standard library.
module PilotlightRuntime
  module Gems
    class << self
      def prepare(task_root, sdk_path)
        return if defined?(::Gem::Specification)

        ::Object.autoload(:Gem, 'rubygems')
        ::Kernel.module_eval do
          alias_method :pilotlight_plain_require, :require
          private :pilotlight_plain_require

          def require(name)
            pilotlight_plain_require(name)
          rescue ::LoadError => e
            raise if e.path != name || !PilotlightRuntime::Gems.bring

            require(name)
          end
          private :require

          def gem(*arguments)
            PilotlightRuntime::Gems.bring
            gem(*arguments)
          end
          private :gem
        end
        if [File.join(task_root, 'vendor/bundle'), '/opt/ruby/gems'].any? { |folder| File.directory?(folder) }
          bring
          # Or the machine's own copies would come before the function's gems.
          $LOAD_PATH.reject! { |folder| folder.to_s.include?('/vendor_ruby') }
        elsif File.file?(sdk_path)
          own_folder = File.dirname(sdk_path)
          libraries = File.readlines(sdk_path, chomp: true).map { |path| File.join(own_folder, path) }
          # Or Debian's folder of all would give parts of the same SDK.
          at = $LOAD_PATH.index { |folder| folder.to_s.include?('/vendor_ruby') } || $LOAD_PATH.size
          $LOAD_PATH.insert(at, *libraries)
        end
      end

      # Whether RubyGems came with this call; it puts its own `require` and `gem` in place.
      def bring
        return false if @is_brought

        @is_brought = true
        ::Kernel.module_eval do
          alias_method :require, :pilotlight_plain_require
          private :require
          remove_method :gem
        end
        ::Kernel.require('rubygems')
        true
      end
    end
  end
end
