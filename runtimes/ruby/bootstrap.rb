# frozen_string_literal: true

# Entry of the Ruby runtime client. Started as `ruby --disable-gems bootstrap.rb`: RubyGems is most of an
# interpreter's start, and is brought in once something needs it.

require_relative 'pilotlight_runtime/gems'
require_relative 'pilotlight_runtime/runtime'

# The handler's method becomes one of the top-level object's, so it is called on none of our own.
PilotlightRuntime::Runtime.new.run
