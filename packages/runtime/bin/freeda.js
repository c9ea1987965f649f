#!/usr/bin/env node
import '../dist/cli/freeda.js'
